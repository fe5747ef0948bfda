"""The next case: the most urgent one, and never the same for two."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import records_factories as make
from argus_records.models import Case
from argus_records.services.cases.desk import case_assign, case_escalate, case_next
from django.db import connection
from django.utils import timezone

AMARA, BEN = "user:amara", "user:ben"


@pytest.mark.django_db
def test_by_deadline_then_by_priority() -> None:
    late = make.case(customer_id="late")
    make.case(customer_id="calm")
    urgent = make.case(customer_id="urgent", verdict="block")
    Case.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=1))
    order = [case_next(actor=AMARA) for _ in range(3)]
    assert [case.customer_id if case else "" for case in order] == ["late", "urgent", "calm"]
    assert case_next(actor=AMARA) is None
    assert Case.objects.get(pk=urgent.pk).state == "in_review"


@pytest.mark.django_db
def test_what_is_assigned_to_me_comes_first_and_what_is_anothers_never() -> None:
    make.case(customer_id="free", verdict="block")
    mine = make.case(customer_id="mine")
    theirs = make.case(customer_id="theirs", verdict="block")
    case_assign(case_id=mine.pk, seen=1, to=AMARA, actor=BEN)
    case_assign(case_id=theirs.pk, seen=1, to=BEN, actor=BEN)
    got = [case_next(actor=AMARA) for _ in range(3)]
    assert [case.customer_id if case else None for case in got] == ["mine", "free", None]


@pytest.mark.django_db
def test_escalated_ones_are_for_who_decides_on_them() -> None:
    case = make.case()
    case_escalate(case_id=case.pk, seen=1, note="n", actor=AMARA)
    assert case_next(actor=AMARA) is None
    assert case_next(actor=BEN, escalated=True) == case


@pytest.mark.django_db(transaction=True)
def test_officers_who_race_never_get_the_same() -> None:
    for number in range(24):
        make.case(customer_id=f"c{number}")
    start = threading.Barrier(6)
    got: list[int] = []

    def work(name: str) -> None:
        try:
            start.wait()
            while case := case_next(actor=f"user:{name}"):
                got.append(case.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[str(number)]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(Counter(got).values()) == {1}
    # One who passed a row over that another held may have stopped early; together they leave none.
    assert len(got) == 24
