"""The pages of backtests: who asks, what is refused, what is shown."""

from datetime import date, timedelta
from typing import Any

import pytest
from argus_records.models import AuditEvent, BacktestRun, BacktestState
from argus_records.selectors.rulesets import in_effect
from argus_records.services.backtests import (
    backtest_fail,
    backtest_finish,
    backtest_progress,
    backtest_request,
    backtest_take,
)
from django.test import Client
from records_factories import accept, decide, new_transaction

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 2)
ASKED = {"ruleset": "", "model": "", "first_day": "2026-03-01", "last_day": "2026-03-02", "minutes_per_alert": "30"}


def side(**changes: Any) -> dict[str, Any]:
    return {
        "alerts": 3, "review": 2, "block": 1, "per_day": 1.5, "fraud": 1, "genuine": 1, "precision": 0.5,
        "recall": None, "hours": 1.5,
    } | changes  # fmt: skip


def result(**changes: Any) -> dict[str, Any]:
    named = {
        "id": 1, "day": "2026-03-01", "decided": "approve", "decided_score": 0.1, "verdict": "review", "score": 0.71,
        "label": "fraud", "codes": ["structuring"],
    }  # fmt: skip
    rules = [
        {"code": "structuring", "hits": 8, "alerts": 4, "alone": 1, "fraud": 1, "genuine": 0},
        {"code": "new_counterparty", "hits": 4, "alerts": 3, "alone": 0, "fraud": 0, "genuine": 0},
    ]
    day = {"transactions": 40, "decided_review": 1, "decided_block": 0, "review": 2, "block": 1}
    return {
        "transactions": 4321, "labelled": {"fraud": 2, "genuine": 1}, "minutes_per_alert": 30.0,
        "days": [{"day": "2026-03-01"} | day], "decided": side(alerts=1), "asked": side(),
        "appear": {"count": 700, "named": [named]}, "disappear": {"count": 0, "named": []}, "by_model_alone": 2,
        "rules": rules, "overlap": [[8, 3], [3, 4]], "errors": {}, "note": "Computed again.", "seconds": 0.2,
    } | changes  # fmt: skip


def asked(**changes: Any) -> BacktestRun:
    said = {
        "ruleset": in_effect().live, "model": "none", "first_day": TODAY, "last_day": TODAY, "minutes_per_alert": 30,
        "actor": "user:dana",
    } | changes  # fmt: skip
    return backtest_request(**said)


def done(**changes: Any) -> BacktestRun:
    asked()
    run = backtest_take(worker="w")
    assert run is not None
    assert backtest_finish(run=run, worker="w", result=result(**changes))
    return run


@pytest.mark.parametrize(
    ("who", "reads", "asks"), [("desk", 200, 403), ("scientist", 200, 200), ("supervisor", 200, 200)]
)
def test_all_who_read_may_look_and_those_who_draft_may_ask(
    who: str, reads: int, asks: int, request: pytest.FixtureRequest
) -> None:
    run, browser = asked(), request.getfixturevalue(who)
    assert browser.get("/backtests/").status_code == reads
    assert browser.get(f"/backtests/{run.pk}/").status_code == reads
    assert browser.get(f"/backtests/{run.pk}/state/").json() == {"state": "queued", "done": 0, "total": None}
    assert browser.get("/backtests/new/").status_code == asks
    assert browser.post("/backtests/new/", ASKED).status_code == (302 if asks == 200 else 403)
    stopped = browser.post(f"/backtests/{run.pk}/stop/")
    run.refresh_from_db()
    assert (stopped.status_code, run.state) == ((302, "stopped") if asks == 200 else (403, "queued"))
    assert ("New backtest" in browser.get("/backtests/").content.decode()) is (asks == 200)


def test_nobody_looks_without_an_account(client: Client) -> None:
    for path in ("/backtests/", f"/backtests/{asked().pk}/", "/backtests/new/"):
        assert client.get(path).headers["Location"].startswith("/login/")


def test_what_is_asked_is_a_row_and_an_audit_event(scientist: Client) -> None:
    live = in_effect().live
    made = scientist.post("/backtests/new/", ASKED | {"ruleset": str(live), "model": "none"})
    run = BacktestRun.objects.get()
    assert made.headers["Location"] == f"/backtests/{run.pk}/"
    assert (run.ruleset_id, run.model, run.first_day, run.last_day) == (live, "none", date(2026, 3, 1), TODAY)
    assert (run.requested_by, run.state) == ("user:dana", BacktestState.QUEUED)
    assert AuditEvent.objects.get(object_type="backtest").action == "backtest.requested"
    page = scientist.get("/backtests/new/", {"ruleset": live}).content.decode()
    assert f'<option value="{live}" selected>' in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"last_day": "2026-02-28"}, "lies before the first"),
        ({"first_day": "2024-01-01"}, "at most 366 days"),
        ({"first_day": "soon"}, "Enter a valid date"),
        ({"ruleset": "999"}, "Select a valid choice"),
        ({"model": "3; drop"}, "Select a valid choice"),
        ({"minutes_per_alert": "0"}, "greater than or equal to 0.1"),
        ({"minutes_per_alert": "nan"}, "Enter a number"),
    ],
)
def test_what_cannot_be_asked_is_told_at_its_field(scientist: Client, change: dict[str, str], said: str) -> None:
    answer = scientist.post("/backtests/new/", ASKED | change)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not BacktestRun.objects.exists()


def test_a_long_queue_is_told(scientist: Client) -> None:
    for _ in range(10):
        asked()
    answer = scientist.post("/backtests/new/", ASKED)
    assert answer.status_code == 422
    assert "10 backtests are waiting already" in answer.content.decode()


def test_a_run_on_its_way_shows_how_far_it_is(scientist: Client) -> None:
    asked()
    run = backtest_take(worker="w")
    assert run is not None
    backtest_progress(run=run, done=1500, total=6000)
    page = scientist.get(f"/backtests/{run.pk}/").content.decode()
    assert "1,500 of 6,000 transactions" in page
    assert f'data-asks="/backtests/{run.pk}/state/"' in page
    assert scientist.get(f"/backtests/{run.pk}/state/").json() == {"state": "running", "done": 1500, "total": 6000}
    backtest_fail(run=run, worker="w", error="Its longest window reaches back too far.")
    page = scientist.get(f"/backtests/{run.pk}/").content.decode()
    assert "Its longest window reaches back too far." in page
    assert "Stop</button>" not in page


def test_the_result_is_shown_and_what_changes_can_be_opened(desk: Client) -> None:
    accepted = accept(new_transaction())
    decide()
    named = result()["appear"]["named"][0] | {"id": accepted[0].id}
    run = done(appear={"count": 700, "named": [named]})
    page = desk.get(f"/backtests/{run.pk}/").content.decode()
    assert "4,321 transactions" in page
    assert "Computed again." in page
    assert "the 1 with the highest scores are listed" in page
    assert f'href="/transactions/{accepted[0].id}/"' in page
    assert desk.get(f"/transactions/{accepted[0].id}/").status_code == 200
    assert "75%" in page  # of the rarer rule's four hits three are the other's too
    assert f"/rules/versions/{run.ruleset_id}/rule/structuring/" in page
    assert "default-src" in desk.get(f"/backtests/{run.pk}/").headers["Content-Security-Policy"]


def test_an_empty_period_says_so(desk: Client) -> None:
    run = done(transactions=0, days=[], rules=[], overlap=[], note=None)
    assert "No transaction was decided in this period" in desk.get(f"/backtests/{run.pk}/").content.decode()


def test_what_there_is_not_is_not_found(scientist: Client) -> None:
    for path in ("/backtests/99/", "/backtests/99/state/"):
        assert scientist.get(path).status_code == 404
    assert scientist.post("/backtests/99/stop/").status_code == 404
    run = done()
    assert scientist.post(f"/backtests/{run.pk}/stop/", follow=True).status_code == 200
    run.refresh_from_db()
    assert run.state == BacktestState.DONE
    assert scientist.get(f"/backtests/{run.pk}/stop/").status_code == 405


def test_a_year_is_the_longest_period(scientist: Client) -> None:
    longest = ASKED | {"first_day": (TODAY - timedelta(days=365)).isoformat()}
    assert scientist.post("/backtests/new/", longest).status_code == 302
