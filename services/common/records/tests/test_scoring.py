"""Claims: in order, by shard, one holder at a time, nothing lost when the holder dies."""

import threading

import pytest
import records_factories as make
from argus_records import db
from argus_records.models import AuditEvent, CounterpartyLink, CustomerProfile, Decision, DecisionBatch, Pending
from argus_records.services import scoring
from django.db import connection, transaction


@pytest.mark.django_db
def test_everything_is_decided_once_and_leaves_the_queue() -> None:
    accepted = make.accept(*[make.new_transaction(customer_id=f"c{n}", counterparty_id="shop") for n in range(50)])
    stored = make.decide()
    assert stored is not None
    assert Pending.objects.count() == 0
    assert set(Decision.objects.values_list("transaction_id", flat=True)) == {a.id for a in accepted}
    assert CustomerProfile.objects.count() == CounterpartyLink.objects.count() == 50
    batch = DecisionBatch.objects.get()
    assert (batch.size, batch.reviewed, batch.blocked, sum(batch.latency_counts)) == (50, 0, 0, 50)
    event = AuditEvent.objects.get(action="decisions.recorded")
    assert (event.object_id, event.after["size"]) == (str(batch.pk), 50)
    assert make.decide() is None


@pytest.mark.django_db
def test_alerts_open_with_their_decision_and_an_audit_event() -> None:
    alert = make.alert(amount="9900.00", customer_id="c9")
    assert (alert.status, alert.customer_id, str(alert.amount), alert.codes) == (
        "open",
        "c9",
        "9900.0000",
        ["velocity"],
    )
    assert alert.decision.transaction_id == alert.transaction_id
    assert AuditEvent.objects.get(action="alert.opened").object_id == str(alert.pk)


@pytest.mark.django_db
def test_decision_ids_follow_the_processing_order_of_a_customer() -> None:
    accepted = make.accept(*[make.new_transaction() for _ in range(20)])
    make.decide()
    order = Decision.objects.order_by("id").values_list("transaction_id", flat=True)
    assert list(order) == [a.id for a in accepted]


@pytest.mark.django_db
def test_a_claim_has_a_limit_and_says_that_more_is_waiting() -> None:
    make.accept(*[make.new_transaction(customer_id=f"c{n}") for n in range(400)])
    with transaction.atomic():
        claim = scoring.claim(limit=10, per_shard=1)
    assert 10 <= len(claim.rows) < 64
    assert claim.more
    with transaction.atomic():
        everything = scoring.claim(limit=4096)
    assert len(everything.rows) == 400
    assert not everything.more


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_hold_the_same_customer() -> None:
    make.accept(*[make.new_transaction(customer_id=f"c{n % 40}") for n in range(400)])
    held, release = threading.Event(), threading.Event()
    first: set[str] = set()

    def hold() -> None:
        try:
            with transaction.atomic():
                first.update(row[2] for row in scoring.claim(limit=100, per_shard=20).rows)
                held.set()
                release.wait(30)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    with transaction.atomic():
        second = {row[2] for row in scoring.claim(limit=4096).rows}
    release.set()
    holder.join()
    assert first
    assert second
    assert not first & second
    with transaction.atomic():
        assert len(scoring.claim(limit=4096).rows) == 400


@pytest.mark.django_db(transaction=True)
def test_many_workers_decide_everything_exactly_once() -> None:
    make.client()
    errors: list[BaseException] = []

    def submit() -> None:
        try:
            for _ in range(10):
                make.accept(*[make.new_transaction(customer_id=f"c{n}") for n in range(30)])
        finally:
            connection.close()

    def work(stop: threading.Event) -> None:
        try:
            while not stop.is_set() or Pending.objects.exists():
                make.decide(limit=200)
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    stop = threading.Event()
    make.schema()
    submitters = [threading.Thread(target=submit) for _ in range(3)]
    workers = [threading.Thread(target=work, args=(stop,)) for _ in range(3)]
    for thread in [*submitters, *workers]:
        thread.start()
    for thread in submitters:
        thread.join()
    stop.set()
    for thread in workers:
        thread.join()
    assert not errors
    assert Decision.objects.count() == 900
    assert Pending.objects.count() == 0
    placed = list(DecisionBatch.objects.order_by("position").values_list("position", flat=True))
    assert placed == list(range(1, len(placed) + 1))


@pytest.mark.django_db(transaction=True)
def test_a_holder_that_dies_gives_everything_back() -> None:
    make.accept(*[make.new_transaction() for _ in range(5)])
    died = threading.Event()

    def die() -> None:
        with transaction.atomic():
            assert len(scoring.claim(limit=4096).rows) == 5
            with db.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (pid,) = cursor.fetchone() or ()
            victim.append(pid)
            died.set()
            killed.wait(30)

    victim: list[int] = []
    killed = threading.Event()

    def run() -> None:
        with pytest.raises(Exception, match="clos|terminat|lost"):
            die()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert died.wait(30)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", victim)
    killed.set()
    thread.join()
    stored = make.decide()
    assert stored is not None
    assert Decision.objects.count() == 5


@pytest.mark.django_db
def test_history_is_what_was_processed_within_the_range() -> None:
    times = [1, 2, 3, 4]
    base = int(make.START.timestamp()) * 1_000_000
    for minute in times:
        make.accept(make.new_transaction(occurred_at=make.START.replace(minute=minute), customer_id="c"))
    make.decide()
    make.accept(make.new_transaction(occurred_at=make.START.replace(minute=3, second=1), customer_id="c"))
    minute = 60_000_000
    rows = scoring.history(customers=["c", "d"], after=[base + minute, 0], until=[base + 4 * minute, base])
    assert sorted((row[1] - base) // minute for row in rows) == [2, 3, 4]


@pytest.mark.django_db
def test_links_and_profiles_are_found() -> None:
    make.accept(make.new_transaction(customer_id="c", counterparty_id="shop"))
    make.decide()
    assert scoring.links(pairs=[("c", "shop"), ("c", "other")]) == {("c", "shop")}
    assert scoring.links(pairs=[]) == set()
    assert scoring.profiles(customers=["c", "d"]) == {"c": b"state"}
