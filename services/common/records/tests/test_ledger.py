"""Reading the ledger as it was decided."""

from datetime import UTC, datetime, timedelta

import pytest
import records_factories as make
from argus_records.models import RuleSetVersion
from argus_records.selectors import ledger
from argus_records.services.labels import LabelItem, labels_add

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
    live = RuleSetVersion.objects.get(live=True)
    assert (found.version, found.document) == (live.version, live.document)
