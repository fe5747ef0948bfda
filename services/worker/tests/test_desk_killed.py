"""A worker that is killed while it gathers, or at another step of the sweep: nothing is half done, the next goes on."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
import records_factories as make
from argus_records.models import Alert, AuditEvent, Case, Label
from argus_records.services.cases.closing import UNDO, case_close
from argus_records.services.cases.desk import case_wait
from argus_worker import desk
from case_ledger import Ledger
from django.conf import settings
from django.db import connection
from django.utils import timezone

pytestmark = pytest.mark.django_db(transaction=True)
# It says where it is, and goes no further.
CHILD = """
import importlib, signal, sys
import django
django.setup()
from argus_worker import desk
module, name = sys.argv[1:]
def reached(*said, **more):
    print("reached", flush=True)
    signal.pause()
setattr(importlib.import_module(module), name, reached)
desk.sweep()
"""
CASES = "argus_records.services.cases"


def sessions() -> list[str]:
    """What others than this process are at in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        return [query for (query,) in cursor.fetchall()]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("argus_worker.desk", "cases_gather"),
        (f"{CASES}.gather", "_gather"),
        (f"{CASES}.gather", "_mirror"),
        (f"{CASES}.gather", "_record"),
        (f"{CASES}.moves", "mirror"),
        (f"{CASES}.moves", "notices_send"),
        (f"{CASES}.closing", "labels_of_ledger"),
    ],
)
def test_what_a_killed_worker_was_at_is_done_by_the_next_sweep(module: str, name: str) -> None:
    closed, waiting = make.case(customer_id="closed"), make.case(customer_id="waiting")
    case_close(case_id=closed.pk, seen=1, disposition="confirmed_fraud", note="n", actor="user:amara")
    until = timezone.now() + timedelta(days=1)
    case_wait(case_id=waiting.pk, seen=1, until=until, note="n", actor="user:amara")
    Case.objects.filter(pk=closed.pk).update(closed_at=timezone.now() - UNDO)
    Case.objects.filter(pk=waiting.pk).update(wait_until=timezone.now(), due_at=timezone.now())
    for customer in ("a", "a", "b"):
        make.alert(customer_id=customer)
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ARGUS_", "DJANGO_"))}
    env = kept | {
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "argus_worker.settings",
    }
    command = [sys.executable, "-c", CHILD, module, name]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "reached\n"
        child.kill()
    while sessions():
        pass
    # A step is done, or it has not begun.
    assert Alert.objects.filter(case=None).count() in {0, 3}
    assert AuditEvent.objects.filter(action="case.opened").count() == Case.objects.count()
    assert Label.objects.count() == Case.objects.filter(labelled_at__isnull=False).count() == 0
    Ledger().check()
    desk.sweep()
    states = Case.objects.order_by("customer_id").values_list("customer_id", "state", "alerts_count")
    assert list(states) == [("a", "new", 2), ("b", "new", 1), ("closed", "closed", 1), ("waiting", "assigned", 1)]
    assert Label.objects.get().label == "fraud"
    assert AuditEvent.objects.filter(action="case.deadline_missed").count() == 1
    Ledger().check()
