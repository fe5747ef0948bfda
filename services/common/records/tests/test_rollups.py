"""Sums by the hour and what lies beyond them, against the ledger itself."""

import io
import random
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
import records_factories as make
from argus_records.models import Decision, DecisionBatch, Label, RollupMark, RuleHour, ScoreHour, VolumeHour
from argus_records.selectors import trends
from argus_records.services import rollups
from argus_records.services.feed import feed_place
from argus_records.services.labels import LabelItem, labels_add
from argus_records.services.rollups import rollups_fold
from argus_records.stability import BOUNDS
from django.core.management import call_command
from django.db import connection

CODES = ["velocity", "far", "odd", "model_unavailable"]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SINCE, UNTIL = NOON - timedelta(hours=12), NOON + timedelta(hours=60)


class Ledger:
    """Random decisions at random hours, with random labels on them."""

    def __init__(self, seed: int) -> None:
        self.random, self.names, self.at = random.Random(seed), list[str](), NOON

    def decide(self, count: int, *, place: bool = True) -> None:
        pick = self.random
        items = [
            make.new_transaction(
                customer_id=f"c{pick.randrange(9)}",
                currency=pick.choice(["EUR", "USD", "JPY"]),
                amount=str(pick.randrange(1, 10_000)),
            )
            for _ in range(count)
        ]
        self.names += [item.transaction_id for item in items]
        make.accept(*items)
        codes = pick.sample(CODES, pick.randrange(len(CODES) + 1))
        reasons = orjson.dumps([{"code": code, "kind": "rule", "message": "m", "weight": 0.5} for code in codes * 2])
        stored = make.decide(
            verdict=pick.choice(["approve", "review", "block"]),
            reasons=reasons.decode(),
            limit=10**6,
            place=False,
            scores=[pick.choice([0.0, 1.0, *BOUNDS, pick.random() ** 4]) for _ in range(count)],
            model=pick.choice(["7", "8", None]),
        )
        assert stored is not None
        self.at += timedelta(minutes=pick.randrange(-90, 200))
        with connection.cursor() as cursor:
            # The past cannot be written otherwise, and the clock cannot be set.
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE decision_batch SET decided_at = %s WHERE id = %s", [self.at, stored.id])
            cursor.execute("SET session_replication_role = origin")
        if place:
            feed_place()

    def say(self, count: int) -> None:
        """Statements on anything, old and new, that supersede each other and come late."""
        pick = self.random
        items = [
            LabelItem(
                pick.choice(self.names),
                pick.choice(["fraud", "genuine"]),
                pick.choice(["chargeback", "call"]),
                NOON + timedelta(days=pick.randrange(4)),
            )
            for _ in range(count)
        ]
        labels_add(client_id=make.client().pk, actor="client:core-banking", items=items)


def brute() -> tuple[dict[Any, tuple[Any, ...]], dict[Any, tuple[int, ...]]]:
    """The same from the ledger, row by row: by (hour, currency, verdict), and by (currency, code)."""
    said: dict[int, Label] = {}
    for label in Label.objects.order_by("observed_at", "id"):
        said[label.transaction_id] = label
    volume: dict[Any, list[Any]] = defaultdict(lambda: [0, Decimal(0), 0, Decimal(0), 0])
    hits: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
    for decision in Decision.objects.select_related("transaction", "batch"):
        row, at = decision.transaction, decision.batch.decided_at
        if not SINCE <= at < UNTIL:
            continue
        label = said[row.pk].label if row.pk in said else ""
        sums = volume[at.replace(minute=0, second=0, microsecond=0), row.currency, decision.verdict]
        fraud, genuine = int(label == "fraud"), int(label == "genuine")
        for place, more in enumerate((1, row.amount, fraud, row.amount * fraud, genuine)):
            sums[place] += more
        for code in {reason["code"] for reason in decision.reasons} - {"model_unavailable"}:
            for place, more in enumerate((1, fraud, genuine)):
                hits[row.currency, code][place] += more
    return {key: tuple(sums) for key, sums in volume.items()}, {key: tuple(sums) for key, sums in hits.items()}


def brute_scores() -> dict[Any, int]:
    """The same of scores: by (hour, version of the model, bucket)."""
    found: dict[Any, int] = defaultdict(int)
    for decision in Decision.objects.select_related("batch"):
        at, version = decision.batch.decided_at, decision.batch.model_version
        if SINCE <= at < UNTIL:
            bucket = sum(decision.score >= bound for bound in BOUNDS)
            found[at.replace(minute=0, second=0, microsecond=0), version or "", bucket] += 1
    return dict(found)


def check() -> None:
    volume, hits = brute()
    found = trends.volume(since=SINCE, until=UNTIL, step=timedelta(hours=1))
    assert volume == {
        (row.start, row.currency, row.verdict): (row.decisions, row.amount, row.fraud, row.fraud_amount, row.genuine)
        for row in found
    }
    given = trends.scores(since=SINCE, until=UNTIL, step=timedelta(hours=1))
    assert brute_scores() == {(row.start, row.model_version, row.bucket): row.decisions for row in given}
    for currency in ("EUR", "USD", "JPY"):
        rows = trends.rule_hits(since=SINCE, until=UNTIL, currency=currency)
        assert {key: sums for key, sums in hits.items() if key[0] == currency} == {
            (currency, row.code): (row.hits, row.fraud, row.genuine) for row in rows
        }
    everywhere: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for (_, code), sums in hits.items():
        everywhere[code] = [a + b for a, b in zip(everywhere[code], sums, strict=True)]
    rows = trends.rule_hits(since=SINCE, until=UNTIL)
    assert {row.code: [row.hits, row.fraud, row.genuine] for row in rows} == everywhere
    assert [row.hits for row in rows] == sorted((row.hits for row in rows), reverse=True)


def fold_all() -> None:
    while rollups_fold() is not None:
        pass


def mark() -> tuple[int, int]:
    return RollupMark.objects.values_list("position", "label").first() or (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_sums_and_what_lies_beyond_are_the_ledger_at_any_moment(seed: int) -> None:
    ledger = Ledger(seed)
    ledger.decide(3)
    check()  # nothing is folded
    for _ in range(14):
        step = ledger.random.randrange(5)
        if step == 0:
            ledger.decide(ledger.random.randrange(1, 9))
        elif step == 1:
            ledger.decide(2, place=False)
        elif step == 2:
            rollups_fold(limit=ledger.random.choice([1, 4, 100]))
        else:
            ledger.say(ledger.random.randrange(1, 6))
        check()
    feed_place()
    fold_all()
    assert mark() == (DecisionBatch.objects.count(), Label.objects.latest("id").pk)
    check()
    # All of it is in the sums now.
    for sums_of in (VolumeHour, ScoreHour):
        assert sum(sums_of.objects.values_list("decisions", flat=True)) == Decision.objects.count()
    assert rollups_fold() is None


def sums() -> list[Any]:
    return [row for table in (VolumeHour, RuleHour, ScoreHour) for row in table.objects.order_by("pk").values_list()]


@pytest.mark.django_db
def test_a_fold_is_bounded_and_says_that_there_is_more() -> None:
    ledger = Ledger(7)
    for _ in range(3):
        ledger.decide(2)
    first = rollups_fold(limit=4)
    assert first is not None
    assert (first.decisions, first.more, mark()[0]) == (4, True, 2)
    # A batch is taken in whole, however large.
    last = rollups_fold(limit=1)
    assert last is not None
    assert (last.decisions, mark()[0]) == (2, 3)
    assert rollups_fold() is None


@pytest.mark.django_db
def test_a_label_that_takes_back_a_fraud_is_taken_back() -> None:
    make.accept(make.new_transaction(transaction_id="t", amount="40.00"))
    make.decide(verdict="block", reasons='[{"code": "velocity", "kind": "rule", "message": "m", "weight": 1}]')
    for value, day, known in (
        ("fraud", 1, (1, Decimal(40), 0)), ("genuine", 3, (0, 0, 1)), ("fraud", 2, (0, 0, 1)),
        ("fraud", 3, (1, Decimal(40), 0)),
    ):  # fmt: skip
        item = LabelItem("t", value, "chargeback", NOON + timedelta(days=day))
        labels_add(client_id=make.client().pk, actor="client:core-banking", items=[item])
        rollups_fold()
        assert VolumeHour.objects.values_list("fraud", "fraud_amount", "genuine").get() == known
        assert RuleHour.objects.values_list("hits", "fraud", "genuine").get() == (1, known[0], known[2])


@pytest.mark.django_db(transaction=True)
def test_a_folder_that_dies_loses_nothing_and_folds_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(8)
    ledger.decide(9)
    ledger.say(5)
    marked = rollups.Folded

    def die(*_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    # All has been written by then, and nothing is committed.
    monkeypatch.setattr(rollups, "Folded", die)
    with pytest.raises(Exception, match="terminat"):
        rollups_fold()
    connection.close()
    assert (sums(), mark()) == ([], (0, 0))
    check()
    monkeypatch.setattr(rollups, "Folded", marked)
    assert rollups_fold() is not None
    once = sums()
    assert once
    assert rollups_fold() is None
    assert sums() == once
    check()


@pytest.mark.django_db(transaction=True)
def test_several_folders_at_once_beside_those_who_decide_and_label() -> None:
    ledger = Ledger(9)
    ledger.decide(4)
    stop = threading.Event()
    errors: list[BaseException] = []

    def fold() -> None:
        try:
            while not stop.is_set():
                rollups_fold(limit=5)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    folders = [threading.Thread(target=fold) for _ in range(3)]
    for folder in folders:
        folder.start()
    for _ in range(12):
        ledger.decide(ledger.random.randrange(1, 6), place=ledger.random.random() < 0.7)
        ledger.say(4)
        # The ledger stands still, its folders do not.
        check()
    feed_place()
    stop.set()
    for folder in folders:
        folder.join()
    assert errors == []
    fold_all()
    assert mark()[0] == DecisionBatch.objects.count()
    check()


@pytest.mark.django_db(transaction=True)
def test_who_finds_another_at_it_goes_away() -> None:
    Ledger(10).decide(2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [rollups._LOCK])
    found: list[Any] = []

    def fold() -> None:
        try:
            found.append(rollups_fold())
        finally:
            connection.close()

    folder = threading.Thread(target=fold)
    folder.start()
    folder.join(30)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [rollups._LOCK])
    assert found == [None]
    assert rollups_fold() is not None


def test_the_application_s_role_may_do_all_of_it(as_application: str) -> None:
    make.accept(make.new_transaction(transaction_id="t"))
    make.decide(reasons='[{"code": "velocity", "kind": "rule", "message": "m", "weight": 1}]')
    assert rollups_fold() is not None
    item = LabelItem("t", "fraud", "chargeback", NOON)
    labels_add(client_id=make.client().pk, actor="client:core-banking", items=[item])
    assert rollups_fold() is not None
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    (row,) = trends.volume(since=now - timedelta(hours=1), until=now + timedelta(hours=1), step=timedelta(hours=1))
    assert (row.decisions, row.fraud) == (1, 1)


@pytest.mark.django_db
def test_the_command_builds_them_for_a_ledger_that_was_there_before() -> None:
    ledger = Ledger(12)
    for _ in range(4):
        ledger.decide(3)
    ledger.say(9)
    said = io.StringIO()
    call_command("rollups", chunk=5, stdout=said)
    assert "12 decisions" in said.getvalue()
    once = sums()
    call_command("rollups", stdout=said)
    assert said.getvalue().endswith("0 decisions were added; the hours' sums are up to date\n")
    assert sums() == once
    check()


@pytest.mark.django_db
def test_scores_from_before_there_were_such_sums_are_folded_from_their_beginning() -> None:
    ledger = Ledger(14)
    for _ in range(4):
        ledger.decide(3)
    fold_all()
    once = sums()
    # As a program left it that knew of no such sums, and goes on beside this one.
    ScoreHour.objects.all().delete()
    RollupMark.objects.update(scores=0)
    ledger.decide(3)
    check()
    first = rollups_fold(limit=6)
    assert first is not None
    assert (first.decisions, first.more) == (6, True)
    assert RollupMark.objects.values_list("position", "scores").get() == (5, 2)
    check()
    fold_all()
    assert RollupMark.objects.values_list("position", "scores").get() == (5, 5)
    assert len(sums()) > len(once)
    check()


@pytest.mark.django_db
def test_a_version_that_failed_on_a_transaction_gave_it_no_score() -> None:
    make.accept(make.new_transaction())
    stored = make.decide(model="7", score=0.4)
    assert stored is not None
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE decision SET forest_score = NULL WHERE batch_id = %s", [stored.id])
        cursor.execute("SET session_replication_role = origin")
    rollups_fold()
    assert ScoreHour.objects.values_list("model_version", "bucket", "decisions").get() == ("", 11, 1)


@pytest.mark.django_db
def test_the_command_can_begin_anew() -> None:
    ledger = Ledger(13)
    ledger.decide(5)
    ledger.say(5)
    fold_all()
    once = sums()
    VolumeHour.objects.update(decisions=99)
    ScoreHour.objects.update(decisions=99)
    call_command("rollups", anew=True, stdout=io.StringIO())
    assert sums() == once
    check()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("index", "condition"),
    [
        ("alert_opened", "opened_at >= now()"),
        ("alert_decided", "status IN ('approved', 'blocked') AND decided_at >= now()"),
    ],
)
def test_alerts_of_a_time_are_found_by_index(index: str, condition: str) -> None:
    for _ in range(3):
        make.alert()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT count(*) FROM alert WHERE {condition}")
        assert index in "\n".join(row[0] for row in cursor.fetchall())
