"""Reading the ledger as it was decided."""

from datetime import UTC, datetime, timedelta

import pytest
import records_factories as make
from argus_records.models import RuleSetVersion
from argus_records.selectors import ledger
from argus_records.services.labels import LabelItem, labels_add
from django.db import connection

pytestmark = pytest.mark.django_db


def test_rows_come_in_the_order_of_their_decisions_in_chunks() -> None:
    late = make.accept(make.new_transaction(customer_id="b", amount="12.50"))
    make.decide()
    early = make.accept(make.new_transaction(customer_id="a", occurred_at=make.START - timedelta(days=3)))
    make.decide()
    make.accept(make.new_transaction())  # not decided
    chunks = list(ledger.decided_transactions(chunk=1))
    assert [row[0] for chunk in chunks for row in chunk] == [late[0].id, early[0].id]
    assert [len(chunk) for chunk in chunks] == [1, 1]
    row = chunks[1][0]
    assert row[1] == int((make.START - timedelta(days=3)).timestamp()) * 10**6
    assert row[2:6] == ("a", 25, "EUR", "other")
    assert row[12:15] == (2, 0, 0)
    assert len(row) == 17


def test_rows_come_in_the_order_of_what_was_known() -> None:
    """Whatever batch was written first; one that does not say knew what those before it knew at most."""
    knew = [None, (0, 0), (7, 2), None, (3, 5), (7, 1)]
    ids = []
    for place in range(len(knew)):
        ids.append(make.accept(make.new_transaction(customer_id=f"c{place}"))[0].id)
        make.decide()
    with connection.cursor() as cursor:
        # As the workers of the time would have written it: nothing changes a batch afterwards.
        cursor.execute("SET session_replication_role = replica")
        for transaction_id, known in zip(ids, knew, strict=True):
            cursor.execute(
                "UPDATE decision_batch SET memory_position = %s, memory_label = %s WHERE id = "
                "(SELECT batch_id FROM decision WHERE transaction_id = %s)",
                [*(known or (None, None)), transaction_id],
            )
        cursor.execute("SET session_replication_role = origin")
    rows = [row for chunk in ledger.decided_transactions() for row in chunk]
    assert [row[0] for row in rows] == [ids[place] for place in (0, 1, 4, 5, 2, 3)]
    assert [row[12:15] for row in rows] == [(1, 0, 0), (2, 0, 0), (5, 3, 5), (6, 7, 1), (3, 7, 2), (4, 7, 2)]


def test_labels_come_in_the_order_in_which_they_were_told() -> None:
    accepted = make.accept(make.new_transaction(transaction_id="a"), make.new_transaction(transaction_id="b"))
    for name, label in (("b", "fraud"), ("a", "genuine"), ("b", "genuine")):
        item = LabelItem(name, label, "chargeback", make.START)
        labels_add(client_id=make.client().pk, actor="client:x", items=[item])
    rows = ledger.labels_told(after=0, until=10**9)
    assert [(row[0], row[13]) for row in rows] == [
        (accepted[1].id, True), (accepted[0].id, False), (accepted[1].id, False),
    ]  # fmt: skip
    assert {row[14] for row in rows} == {int(make.START.timestamp()) * 10**6}
    assert ledger.labels_told(after=rows[0][12], until=rows[1][12]) == rows[1:2]


def test_reading_may_end_early() -> None:
    make.accept(*[make.new_transaction() for _ in range(3)])
    make.decide()
    rows = ledger.decided_transactions(chunk=1)
    next(rows)
    rows.close()
    assert len(next(iter(ledger.decided_transactions()))) == 3


def test_the_label_in_force_is_the_latest_that_was_known() -> None:
    (accepted,) = make.accept(make.new_transaction(transaction_id="t"))
    now = datetime.now(UTC)

    def say(label: str, hours: float, source: str = "chargeback") -> None:
        item = LabelItem("t", label, source, now - timedelta(hours=hours))
        labels_add(client_id=make.client().pk, actor="client:x", items=[item])

    later = now + timedelta(minutes=1)
    assert ledger.labels_known(by=later) == {}
    say("genuine", 1)
    say("fraud", 2)
    assert ledger.labels_known(by=later) == {accepted.id: "genuine"}
    say("fraud", 1, source="customer_report")  # of the same moment, and came in later
    assert ledger.labels_known(by=later) == {accepted.id: "fraud"}
    say("genuine", -5)
    assert ledger.labels_known(by=later) == {accepted.id: "fraud"}
    assert ledger.labels_known(by=now - timedelta(days=1)) == {}


def test_the_rule_set_in_force() -> None:
    found = ledger.ruleset_live()
    live = RuleSetVersion.objects.get(state="live")
    assert (found.version, found.document) == (live.version, live.document)
