"""The reports of months: every figure against the same counted by hand, row by row."""

import io
import math
import random
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from argus_records.models import Alert, Case, CaseState, Decision, Disposition, Label
from argus_records.selectors import trends
from argus_records.services.cases.gather import cases_gather
from argus_records.services.feed import feed_place
from argus_records.services.labels import LabelItem, labels_add
from argus_records.services.rollups import rollups_fold
from argus_web.reports.month.figures import figures
from argus_web.reports.month.period import Month
from argus_web.reports.month.tables import tables
from django.db import connection
from django.test import Client
from pypdf import PdfReader
from records_factories import accept, client, decide, new_transaction

pytestmark = pytest.mark.django_db

MONTH = Month(2026, 2)
AFTER = datetime(2026, 4, 3, 12, tzinfo=UTC)
MONTHS = [MONTH, Month(2026, 1), Month(2026, 3), Month(2026, 4)]
MICRO = timedelta(microseconds=1)
# The edges of the month, and moments before, in and after it.
MOMENTS = [
    MONTH.since - MICRO, MONTH.since, MONTH.since + timedelta(days=9, hours=23, minutes=59), MONTH.until - MICRO,
    MONTH.until, datetime(2026, 1, 5, 8, tzinfo=UTC), datetime(2026, 2, 17, 13, 30, tzinfo=UTC),
    datetime(2026, 3, 20, 1, tzinfo=UTC),
]  # fmt: skip


def past(table: str, field: str, key: str, keys: list[int], moment: datetime) -> None:
    """The past cannot be written otherwise, and the clock cannot be set."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET {field} = %s WHERE {key} = ANY(%s)", [moment, keys])
        cursor.execute("SET session_replication_role = origin")


@pytest.fixture
def ledger(db: None) -> None:
    """Decisions, alerts and cases of three months, at their edges too; in every state, some folded, some not."""
    pick = random.Random(11)
    verdicts = ["approve", "review", "block"]
    for number, moment in enumerate(MOMENTS * 6):
        items = [
            new_transaction(
                customer_id=f"c-{number}",
                currency=pick.choice(["EUR", "USD", "JPY"]),
                amount=f"{pick.randrange(1, 99)}",
            )
            for _ in range(pick.randrange(1, 4))
        ]
        accept(*items)
        codes = pick.sample(["velocity", "structuring", "travel"], pick.randrange(3))
        reasons = ", ".join(f'{{"code": "{code}", "kind": "rule", "message": "m", "weight": 0.5}}' for code in codes)
        stored = decide(verdict=verdicts[number % 3], reasons=f"[{reasons}]", place=False)
        assert stored is not None
        past("decision_batch", "decided_at", "id", [stored.id], moment)
        alerts = [key for key, _ in stored.alerts]
        past("alert", "opened_at", "id", alerts, moment)
        Alert.objects.filter(pk__in=alerts).update(codes=[*codes, *codes[:1]])
        if number == 20:
            feed_place()
            rollups_fold()
        said = [
            LabelItem(item.transaction_id, pick.choice(["fraud", "genuine"]), "call", moment + timedelta(days=later))
            for item in items
            for later in (1, 2)
            if pick.random() < 0.5
        ]
        labels_add(client_id=client().pk, actor="client:core-banking", items=said)
    feed_place()
    cases_gather()
    cases = list(Case.objects.order_by("id"))
    for number, case in enumerate(cases):
        closed_at = case.opened_at + timedelta(hours=pick.choice([0, 1, 30, 200, 700]))
        said: dict[str, Any] = {"due_at": case.opened_at + timedelta(hours=pick.choice([1, 100]))}
        end = pick.random()
        if end < 0.75 and closed_at < AFTER:
            disposition = Disposition.values[number % 4]
            said |= {
                "state": CaseState.CLOSED,
                "disposition": disposition,
                "closed_at": closed_at,
                "closed_by": "user:a",
            }
            fraud = disposition in {"confirmed_fraud", "suspicious_reported"}
            case.alerts.update(status="blocked" if fraud else "approved", decided_at=closed_at, decided_by="user:a")
        elif end < 0.85:
            case.alerts.update(status="escalated", decided_at=closed_at, decided_by="user:a")
            said |= {"state": CaseState.ESCALATED}
        elif end > 0.93 and case is not cases[0]:
            case.alerts.update(case=cases[0])
            said |= {
                "state": CaseState.CLOSED, "merged_into": cases[0], "closed_at": closed_at, "closed_by": "user:a",
                "alerts_count": 0,
            }  # fmt: skip
        Case.objects.filter(pk=case.pk).update(**said)


def within(moment: datetime | None, month: Month) -> bool:
    return moment is not None and month.since <= moment < month.until


def day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def nearest(times: list[timedelta], share: float) -> timedelta:
    return sorted(times)[math.ceil(share * len(times)) - 1]


def nonzero(counts: dict[Any, Any]) -> dict[Any, Any]:
    return {key: count for key, count in counts.items() if count}


def test_decisions_are_those_counted_by_hand(ledger: None) -> None:
    for month in MONTHS:
        decisions_as_counted(month)


def decisions_as_counted(month: Month) -> None:
    found = figures(month, AFTER)
    verdicts: dict[datetime, Counter[str]] = defaultdict(Counter)
    amounts: Counter[tuple[str, str]] = Counter()
    labelled: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for one in Decision.objects.select_related("batch", "transaction"):
        if not within(one.batch.decided_at, month):
            continue
        currency, amount = one.transaction.currency, one.transaction.amount
        verdicts[day(one.batch.decided_at)][one.verdict] += 1
        amounts[currency, "amount"] += amount
        amounts[currency, "blocked"] += amount if one.verdict == "block" else 0
        label = Label.objects.filter(transaction=one.transaction).order_by("-observed_at", "-id").first()
        labelled[label.label if label else ""] += 1
        amounts[currency, "fraud"] += amount if label and label.label == "fraud" else 0
        hits.update({reason["code"] for reason in one.reasons})
    assert {start: nonzero(row) for start, row in found.days.items() if any(row.values())} == verdicts
    assert found.decisions == sum(map(Counter.total, verdicts.values()))
    for name in ("amount", "blocked", "fraud"):
        expected = {code: amount for (code, kind), amount in amounts.items() if kind == name and amount}
        assert nonzero({code: getattr(sums, name) for code, sums in found.currencies.items()}) == expected, name
    assert found.labelled == {"fraud": labelled["fraud"], "genuine": labelled["genuine"]}
    assert nonzero({rule.code: rule.hits for rule in found.rules}) == hits


def test_alerts_are_those_counted_by_hand(ledger: None) -> None:
    for month in MONTHS:
        alerts_as_counted(month)


def alerts_as_counted(month: Month) -> None:
    found = figures(month, AFTER)
    alerts = list(Alert.objects.all())
    opened = [one for one in alerts if within(one.opened_at, month)]
    decided = [one for one in alerts if one.status in {"approved", "blocked"} and within(one.decided_at, month)]
    blocked = [one for one in decided if one.status == "blocked"]
    assert nonzero(found.opened) == Counter(day(one.opened_at) for one in opened)
    assert nonzero(found.blocked) == Counter(day(one.decided_at) for one in blocked if one.decided_at)
    assert (found.alerts_opened, found.decided, found.confirmed) == (len(opened), len(decided), len(blocked))
    assert found.precision == (len(blocked) / len(decided) if decided else None)
    for rule in found.rules:
        assert (rule.opened, rule.decided, rule.confirmed) == tuple(
            sum(rule.code in one.codes for one in these) for these in (opened, decided, blocked)
        ), rule
    assert {code for one in opened + decided for code in one.codes} <= {rule.code for rule in found.rules}
    sums: Counter[tuple[str, str]] = Counter()
    for one in decided:
        sums[one.currency, one.status] += one.amount
    assert {code: (row.confirmed, row.unconfirmed) for code, row in found.currencies.items()} == {
        code: (sums[code, "blocked"], sums[code, "approved"]) for code in found.currencies
    }
    assert {code for code, _ in sums} <= set(found.currencies)


def test_cases_are_those_counted_by_hand(ledger: None) -> None:
    for month in MONTHS:
        cases_as_counted(month)


def cases_as_counted(month: Month) -> None:
    found = figures(month, AFTER)
    cases = list(Case.objects.all())
    closed = [one for one in cases if within(one.closed_at, month) and one.merged_into_id is None]
    assert nonzero(found.cases.opened) == Counter(day(one.opened_at) for one in cases if within(one.opened_at, month))
    assert nonzero(found.cases.closed) == Counter(day(one.closed_at) for one in closed if one.closed_at)
    merged = [one for one in cases if within(one.closed_at, month) and one.merged_into_id]
    assert found.cases.merged == len(merged)
    by: dict[str | None, list[Case]] = defaultdict(list)
    for one in closed:
        by[one.disposition].append(one)
        by[None].append(one)
    assert set(found.closings) == set(by)
    for name, these in by.items():
        times = [one.closed_at - one.opened_at for one in these if one.closed_at]
        row = found.closings[name]
        assert (row.count, row.median, row.ninety) == (len(these), nearest(times, 0.5), nearest(times, 0.9))
        assert row.in_time == sum(one.closed_at <= one.due_at for one in these if one.closed_at)
    at = min(month.until, AFTER)
    waiting = [one for one in cases if one.opened_at < at and not (one.closed_at and one.closed_at < at)]
    assert (found.backlog.cases, found.backlog.late) == (len(waiting), sum(one.due_at < at for one in waiting))
    undecided = [
        one
        for one in Alert.objects.all()
        if one.opened_at < at
        and not (one.status in {"approved", "blocked"} and one.decided_at is not None and one.decided_at < at)
    ]
    assert found.backlog.alerts == len(undecided)


def test_the_ledger_has_something_of_everything(ledger: None) -> None:
    found = figures(MONTH, AFTER)
    assert all(found.whole.values())
    assert set(found.closings) == {None, *Disposition.values}
    assert any(figures(month, AFTER).cases.merged for month in MONTHS)
    assert found.backlog.late
    assert len(found.currencies) == 3
    assert found.closed is not None
    assert 0 < found.closed.in_time < found.closed.count
    assert 0 < (found.precision or 0) < 1


def test_charts_add_up_to_the_figures(ledger: None) -> None:
    found = figures(MONTH, AFTER)
    sums = {
        table.name: [sum(int(cells[at].value) for _, cells in table.rows) for at in range(len(table.columns))]
        for table in tables(found)
    }
    closed = found.closed.count if found.closed else 0
    assert sums == {
        "volume": list(found.whole.values()),
        "alerts": [found.alerts_opened, found.decided],
        "precision": [found.decided - found.confirmed, found.confirmed],
        "cases": [found.cases_opened, closed],
    }
    assert [len(table.rows) for table in tables(found)] == [28] * 4


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_the_page_and_the_paper_say_the_same(ledger: None, supervisor: Client) -> None:
    found = figures(MONTH, datetime.now(UTC))
    page = supervisor.get("/reports/2026-02/").content.decode()
    answer = supervisor.get("/reports/2026-02/report.pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="report-2026-02.pdf"'
    text = words(answer.content)
    assert "From 2026-02-01 00:00 UTC up to 2026-03-01 00:00 UTC" in page
    assert "From 2026-02-01 00:00 UTC up to 2026-03-01 00:00 UTC" in text
    assert "not over" not in page + text
    assert found.closed is not None
    for one in ("EUR", "USD", "JPY"):
        amount = f"{found.currencies[one].amount:,.{0 if one == 'JPY' else 2}f} {one}"
        assert amount in page
        assert amount in text
    assert f"Alerts decided {found.decided}" in text
    assert f"Cases waiting at the end {found.backlog.cases}" in text
    assert "page 1 of" in text
    for rule in found.rules:
        assert rule.code in page
        assert re.search(rf"{rule.code} {rule.hits} {rule.opened} {rule.decided} {rule.confirmed}\b", text)
    about = PdfReader(io.BytesIO(answer.content)).metadata
    assert about is not None
    assert about.title == "Report of February 2026"


def test_figures_lead_to_their_lists(ledger: None, supervisor: Client) -> None:
    found = figures(MONTH, datetime.now(UTC))
    page = supervisor.get("/reports/2026-02/").content.decode().replace("&amp;", "&")
    for name, row in found.by_disposition:
        link = re.search(rf'href="(/cases/\?[^"]*disposition={name}&[^"]*)">(\d+)</a>', page)
        assert (int(link[2]) if link else 0) == (row.count if row else 0)
        if link:
            assert len(supervisor.get(link[1]).context["page"].rows) == int(link[2])
    (link,) = re.findall(r'<dd class="figure"><a href="(/alerts/\?[^"]+)">', page)
    assert sum(supervisor.get(link).context["form"].is_valid() for _ in "a") == 1
    assert len(supervisor.get(link).context["page"].rows) == found.alerts_opened


def test_months_are_listed_also_those_without_data(ledger: None, supervisor: Client) -> None:
    answer = supervisor.get("/reports/")
    rows = answer.context["rows"]
    assert [str(month) for month, _ in rows][-2:] == ["2026-02", "2026-01"]
    assert rows[0][0] == Month.of(datetime.now(UTC))
    for month, held in rows:
        found = figures(month, datetime.now(UTC))
        closed = found.closed.count if found.closed else 0
        assert (held.decisions, held.opened, held.decided, held.closed) == (
            found.decisions > 0, found.alerts_opened, found.decided, closed,
        ), month  # fmt: skip
    assert "no data" in answer.content.decode()


def test_a_month_without_data_says_so(supervisor: Client) -> None:
    assert "There is no data of this month" in supervisor.get("/reports/2025-06/").content.decode()
    assert "There is no data of this month" in words(supervisor.get("/reports/2025-06/report.pdf").content)
    assert "No report yet" in supervisor.get("/reports/").content.decode()


def test_months_lead_to_their_neighbours_as_far_as_there_are_any(ledger: None, supervisor: Client) -> None:
    pages = {
        month: supervisor.get(f"/reports/{month}/").content.decode() for month in ("1900-01", "2026-01", "2026-02")
    }
    assert "Month before" not in pages["1900-01"] + pages["2026-01"]
    assert 'href="/reports/2026-01/"' in pages["2026-02"]
    assert 'href="/reports/2026-03/"' in pages["2026-02"]
    now = Month.of(datetime.now(UTC))
    assert "Month after" not in supervisor.get(f"/reports/{now}/").content.decode()


def test_a_month_that_runs_says_so(supervisor: Client) -> None:
    accept(new_transaction())
    decide()
    now = Month.of(datetime.now(UTC))
    assert "The month is not over" in supervisor.get(f"/reports/{now}/").content.decode()
    assert "The month is not over" in words(supervisor.get(f"/reports/{now}/report.pdf").content)
    found = figures(now, datetime.now(UTC))
    assert max(found.days) <= datetime.now(UTC)


@pytest.mark.parametrize("month", ["2999-01", "2026-13", "2026-00", "2026-1", "226-01", "2026-011"])
def test_months_that_are_none(supervisor: Client, month: str) -> None:
    for path in (f"/reports/{month}/", f"/reports/{month}/report.pdf"):
        assert supervisor.get(path).status_code == 404


def test_a_past_that_is_still_added_up_says_so(supervisor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def behind(**_: Any) -> None:
        raise trends.StillSummingError

    monkeypatch.setattr(trends, "volume", behind)
    for path in ("/reports/2026-02/", "/reports/2026-02/report.pdf"):
        answer = supervisor.get(path)
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        assert "still being added up" in answer.content.decode()


def test_amounts_are_exact(supervisor: Client) -> None:
    for amount in ("9999999999999999.99", "0.01"):
        accept(new_transaction(amount=amount))
    decide()
    now = datetime.now(UTC)
    assert figures(Month.of(now), now).currencies["EUR"].amount == Decimal("10000000000000000.00")
