"""Counting against a naive count, and decisions without words against those with."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from argus_engine import backtest
from argus_engine.backtest import FRAUD, GENUINE, UNKNOWN, Backtest, Then
from argus_engine.catalogue import INDEX
from argus_engine.evaluate import VERDICTS, CompiledRuleSet, Decided, decide, evaluate
from argus_engine.managed import Entry, Lists
from argus_engine.ruleset import default_ruleset
from decisions import NOON, batch_of, case, model, ruleset_of, taught

LISTS = Lists({"allowed_customers": {"ben": Entry("known")}, "blocked_customers": {"eve": Entry("told")}})


def mixed(count: int = 400, seed: int = 4) -> tuple[Any, np.ndarray]:
    """Quiet and loud transactions over some days, of listed and other customers."""
    rng = np.random.default_rng(seed)
    cases = []
    for number in range(count):
        loud = rng.random() < 0.3
        cases.append(
            case(
                id=number + 1,
                at=NOON + int(rng.integers(0, 5 * backtest.DAY)),
                customer=str(rng.choice(["anna", "ben", "eve", "fay", "gus"])),
                amount=int(rng.integers(100, 2_000_000)),
                type=str(rng.choice(["card_payment", "cash_deposit", "transfer"])),
                country=str(rng.choice(["DE", "KP", "US"])),
                count_10m=float(rng.integers(1, 30)) if loud else 1.0,
                amount_ratio=float(rng.uniform(0, 40)) if loud else 0.8,
                counterparty_new=float(rng.integers(2)),
                amount_deviation=float(rng.uniform(0, 6)) if loud else 0.0,
            )
        )
    return batch_of(*cases)


@pytest.mark.parametrize("made", [lambda: None, model, taught], ids=["rules", "label-free", "taught"])
@pytest.mark.parametrize("rules", [default_ruleset, ruleset_of], ids=["composed", "built-in"])
def test_without_words_the_same_is_decided_to_the_last_bit(rules: Any, made: Any) -> None:
    batch, features = mixed()
    compiled = CompiledRuleSet(rules())
    full = evaluate(batch, features, compiled, made(), "none", lists=LISTS)
    lean = decide(batch, features, compiled, made(), lists=LISTS)
    assert [VERDICTS[place] for place in lean.strength] == full.verdict
    assert len(set(full.verdict)) == 3
    assert lean.score.tobytes() == full.score.tobytes()
    assert lean.forest_score.tobytes() == full.forest_score.tobytes()
    assert {code: int(hits.sum()) for code, hits in lean.hits.items() if hits.any()} == full.rule_hits
    assert list(lean.hits) == [rule.code for rule in compiled.rules]
    said = [{reason.code for reason in reasons if reason.code in lean.hits} for reasons in full.reasons]
    assert said == [{code for code, hits in lean.hits.items() if hits[i]} for i in range(len(batch))]


def test_a_rule_that_raises_sends_the_same_transactions_to_review() -> None:
    batch, features = mixed(60)

    class Fussy:
        code, weight, outcome, firm, allows = "fussy", 0.2, "score", False, False

        def hits(self, context: Any) -> Any:
            if (context.features[:, INDEX["count_10m"]] > 1.0).any():
                raise ValueError("fussy")
            return np.zeros(len(context), bool)

    compiled = CompiledRuleSet(ruleset_of("block_list"))
    compiled.rules = (*compiled.rules, Fussy())  # type: ignore[assignment, arg-type]
    full = evaluate(batch, features, compiled, None, "none")
    lean = decide(batch, features, compiled, None)
    assert [VERDICTS[place] for place in lean.strength] == full.verdict
    assert lean.rule_errors == full.rule_errors
    assert lean.rule_errors["fussy"] > 0
    assert "review" in full.verdict


def decided(count: int, rng: Any, codes: tuple[str, ...] = ("a", "b", "c")) -> tuple[Any, Then, Decided]:
    batch, _ = mixed(count, int(rng.integers(1_000_000)))
    then = Then(
        rng.integers(0, 3, count).astype(np.int8),
        rng.random(count).round(2),
        rng.integers(-1, 2, count).astype(np.int8),
    )
    hits = {code: rng.random(count) < 0.3 for code in codes}
    now = Decided(
        rng.random(count).round(2), np.full(count, np.nan), rng.integers(0, 3, count).astype(np.int8), hits, {}
    )
    return batch, then, now


def naive(parts: list[tuple[Any, Then, Decided]]) -> dict[str, Any]:
    """The same figures, one transaction at a time."""
    days: dict[int, Counter[str]] = {}
    rules: dict[str, Counter[str]] = {}
    overlap: Counter[tuple[str, str]] = Counter()
    sides, labels, changed = (Counter(), Counter()), Counter(), {"appear": [], "disappear": []}
    alone = 0
    for batch, then, now in parts:
        for i in range(len(batch)):
            day = days.setdefault(int(batch.occurred_at[i]) // backtest.DAY, Counter())
            before, after, label = int(then.strength[i]), int(now.strength[i]), int(then.label[i])
            day["transactions"] += 1
            day[("", "decided_review", "decided_block")[before]] += 1
            day[("", "review", "block")[after]] += 1
            labels[label] += 1
            sides[0][label] += before > 0
            sides[1][label] += after > 0
            hit = [code for code in now.hits if now.hits[code][i]]
            alone += after > 0 and not hit
            for code in hit:
                found = rules.setdefault(code, Counter())
                found["hits"] += 1
                found["alerts"] += after > 0
                found["alone"] += after > 0 and hit == [code]
                found["fraud"] += label == FRAUD
                found["genuine"] += label == GENUINE
                overlap.update((code, other) for other in hit)
            if (before > 0) != (after > 0):
                name, score = ("appear", now.score[i]) if after else ("disappear", then.score[i])
                changed[name].append((-float(score), int(batch.ids[i]), hit))
    return {"days": days, "rules": rules, "overlap": overlap, "sides": sides, "labels": labels, "alone": alone,
            "changed": changed}  # fmt: skip


def test_counts_are_those_of_one_at_a_time_however_the_stream_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "NAMED", 25)
    rng = np.random.default_rng(8)
    parts = [decided(count, rng) for count in (1, 170, 3, 90)] + [decided(60, rng, ("c", "d"))]
    for number, (batch, _, _) in enumerate(parts):
        batch.ids[:] += 1000 * number
    tally = Backtest()
    for part in parts:
        tally.add(*part)
    found, expected = tally.result(minutes_per_alert=20), naive(parts)
    assert found["transactions"] == sum(len(batch) for batch, _, _ in parts)
    assert len(found["days"]) == len(expected["days"])
    for row, (_, day) in zip(found["days"], sorted(expected["days"].items()), strict=True):
        assert all(row[name] == day[name] for name in row if name != "day")
    assert {rule["code"]: {name: rule[name] for name in rule if name != "code"} for rule in found["rules"]} == {
        code: {name: counts[name] for name in ("hits", "alerts", "alone", "fraud", "genuine")}
        for code, counts in expected["rules"].items()
    }
    codes = [rule["code"] for rule in found["rules"]]
    assert [rule["hits"] for rule in found["rules"]] == sorted((r["hits"] for r in found["rules"]), reverse=True)
    assert found["overlap"] == [[expected["overlap"][one, other] for other in codes] for one in codes]
    assert found["by_model_alone"] == expected["alone"]
    assert found["labelled"] == {"fraud": expected["labels"][FRAUD], "genuine": expected["labels"][GENUINE]}
    for side, counts in zip((found["decided"], found["asked"]), expected["sides"], strict=True):
        alerts = counts[FRAUD] + counts[GENUINE] + counts[UNKNOWN]
        assert side["alerts"] == alerts
        assert side["hours"] == round(alerts / 3, 2)
        assert side["precision"] == counts[FRAUD] / (counts[FRAUD] + counts[GENUINE])
        assert side["recall"] == counts[FRAUD] / expected["labels"][FRAUD]
    for name, rows in expected["changed"].items():
        assert found[name]["count"] == len(rows) > 25
        assert [(row["id"], row["codes"]) for row in found[name]["named"]] == [row[1:] for row in sorted(rows)[:25]]


def test_of_nothing_nothing_is_said() -> None:
    found = Backtest().result(minutes_per_alert=30)
    assert found["days"] == found["rules"] == found["overlap"] == []
    assert found["asked"]["precision"] is found["asked"]["recall"] is None
    assert found["asked"]["per_day"] == 0.0
