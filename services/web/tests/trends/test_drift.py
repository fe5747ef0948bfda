"""How scores are spread, against the range before: the page and the ledger."""

import html
import random
import re
from collections import Counter
from datetime import UTC, datetime
from math import log

import pytest
from argus_records import stability
from argus_records.models import Decision
from argus_records.selectors import trends as selectors
from argus_records.services.rollups import rollups_fold
from argus_web.trends import drift as drifts
from argus_web.trends.drift import Drift, Side, drift, score_tables
from argus_web.trends.ranges import RANGES, Period
from django.db import connection
from django.test import Client
from records_factories import scored

pytestmark = pytest.mark.django_db


def week() -> Period:
    return Period.of(RANGES["7d"], datetime.now(UTC))


def text(page: str) -> str:
    """What stands on a page, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_index_is_that_of_the_ledger_s_own_scores() -> None:
    pick = random.Random(4)
    for days_ago in (20, 13, 9, 8, 5, 2, 0):
        if days_ago == 2:
            rollups_fold()
        for model in ("7", None, "8"):
            scored(days_ago, [pick.random() ** (3 if days_ago > 7 else 4) for _ in range(40)], model)
    period = week()
    counts: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    alone = Counter[bool]()
    for decision in Decision.objects.select_related("batch"):
        at = decision.batch.decided_at
        if not period.since - period.range.span <= at < period.until:
            continue
        if decision.batch.model_version is None:
            alone[at >= period.since] += 1
        else:
            counts[at >= period.since][sum(decision.score >= bound for bound in stability.BOUNDS)] += 1
    plain = 0.0
    for bucket in range(stability.BUCKETS):
        a, e = (max(counts[side][bucket] / counts[side].total(), 0.0001) for side in (True, False))
        plain += (a - e) * log(a / e)
    found = drift(period)
    assert found is not None
    found = Drift(found.now, found.before, least=1)
    assert found.index == pytest.approx(plain)
    assert plain > 0
    assert (found.now.decisions, found.before.decisions) == (240, 240)
    assert (found.now.alone, found.before.alone) == (alone[True], alone[False]) == (120, 120)
    assert found.now.versions == {"7": 120, "8": 120}
    (table,) = score_tables(found)
    assert sum(float(cells[4].value) for _, cells in table.rows) == pytest.approx(plain, abs=1e-5)
    assert sum(int(cells[2].value) for _, cells in table.rows) == 240


LOW, HIGH = [0.005] * 3 + [0.02] * 2, [0.005, 0.02, 0.02, 0.3, 0.7]


@pytest.mark.parametrize(
    ("now", "tone", "said"),
    [
        (LOW, "approve", "stable"),
        ([0.005] * 5 + [0.02] * 5, "review", "moderate change"),
        (HIGH, "block", "large change"),
    ],
)
def test_a_page_says_what_the_index_means(desk: Client, redis_url: str, now: list[float], tone: str, said: str) -> None:
    before = LOW if tone != "review" else [0.005] * 7 + [0.02] * 3
    scored(9, before * 200)
    scored(1, now * 200)
    page = desk.get("/overview/trends/?range=7d&currency=EUR").content.decode()
    found = drift(week())
    assert found is not None
    assert found.index is not None
    assert f'<span class="verdict" data-tone="{tone}">{said}</span>' in page
    shown = text(page)
    assert f"index {found.index:.3f} against the range before" in shown
    # Of all currencies, whichever is chosen.
    assert f"{200 * len(now):,} decisions, {200 * len(before):,} in the range before · index {found.index:.3f}" in shown
    assert "model 7; in the range before 7" in shown
    assert "The model changed" not in shown
    assert "Without a model" not in shown


def test_a_change_of_the_model_is_told(desk: Client, redis_url: str) -> None:
    scored(9, LOW * 200, "9")
    scored(1, LOW * 100, "9")
    scored(1, LOW * 100, "10")
    scored(1, LOW, None)
    shown = text(desk.get("/overview/trends/?range=7d").content.decode())
    assert "model 9, 10; in the range before 9. The model changed" in shown
    assert "Without a model 5, not compared; in the range before 0" in shown


@pytest.mark.parametrize(("now", "before"), [(200, 199), (199, 200), (0, 0)])
def test_of_too_few_decisions_nothing_is_said(desk: Client, redis_url: str, now: int, before: int) -> None:
    scored(20, LOW)
    for days_ago, times in ((9, before), (1, now)):
        if times:
            scored(days_ago, LOW * times)
    page = desk.get("/overview/trends/?range=7d").content.decode()
    shown = text(page)
    said = f"Too few to compare: {5 * now:,}, {5 * before:,} in the range before; 1,000 of each are needed."
    assert said in shown
    assert "stable</span>" not in page
    # Whatever there is is drawn.
    assert ('id="scores"' in page) == bool(now or before)


def test_a_past_whose_scores_are_still_to_be_added_up_holds_nothing_up(
    desk: Client, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(1, LOW)
    with monkeypatch.context() as impatient:
        impatient.setattr(selectors, "SCORES_TIMEOUT", "20ms")
        impatient.setattr(
            selectors, "_SCORES", "SELECT pg_sleep(30) WHERE %(since)s < %(until)s AND %(step)s IS NOT NULL"
        )
        answer = desk.get("/overview/trends/")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Those of the past are still being added up." in page
    assert 'id="scores"' not in page
    assert 'id="scores"' in desk.get("/overview/trends/").content.decode()


def test_many_versions_are_told_by_the_first_and_the_last() -> None:
    assert Side(versions=dict.fromkeys(["9", "10", "100", "11", "12"], 1)).models == "9 – 100 (5)"
    assert Side().models == ""
    assert drifts.bucket_words(0) == "0 – 0.0004"
