"""Why a score is as it is, in words and in numbers that add up.

The forest's score is the sum of a start and a part for each feature, read off the splits on the transaction's way
through its trees; so is a learned rank, with the forest and each rule among its parts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine import clearing, reasons
from argus_engine.catalogue import COMBINER_FEATURES, FEATURES, combiner_matrix, model_matrix
from argus_engine.clauses import said
from argus_engine.combiner import INPUTS, LEARNED
from argus_engine.model import AnomalyModel, Judgement
from argus_engine.reasons import Reason
from argus_engine.rules.context import Context

Floats = NDArray[np.float64]

# Risk, 0 to 1, from which the forest gives a reason.
NOTABLE: Final = 0.3
MOST_NAMED: Final = 3
# A feature with less than this share of the leading feature's part is not named.
LEAST_SHARE: Final = 0.25
# How many alerted transactions of a batch are told what would have cleared them: the rest of a flood goes without.
MOST_CLEARED: Final = 200

_NEUTRAL: Final = {feature.name: feature.neutral for feature in FEATURES}
_DIGITS: Final = 12
# A share that was met among some hundred is not a certainty.
_MOST_CHANCE: Final = 0.99


@dataclass(frozen=True, slots=True)
class Alerted:
    """What explains the alerted transactions of a batch.

    ``places`` of them; ``evidence_of``: by place, each rule's evidence; ``approves`` tells of changed transactions
    which the engine would approve.
    """

    places: NDArray[np.intp]
    evidence_of: dict[int, dict[str, float]]
    approves: Callable[[Context], NDArray[np.bool_]]


def explained(
    model: AnomalyModel, context: Context, judgement: Judgement, evidence: Floats, alerted: Alerted
) -> dict[int, list[Reason]]:
    """The model's reasons for each transaction that is alerted or that the forest finds notable."""
    risk = model.risk_of(judgement.anomaly)
    places = np.union1d(np.flatnonzero(risk >= NOTABLE), alerted.places).astype(np.intp)
    if not len(places):
        return {}
    matrix = model_matrix(context.features[places])
    parts, start = model.anomaly_parts(matrix)
    asked = set(alerted.places[:MOST_CLEARED].tolist())
    explainer = _Explainer(model, context, judgement, evidence, alerted, start)
    wholes = explainer.wholes(places)
    found: dict[int, list[Reason]] = {}
    for k, i in enumerate(places.tolist()):
        named = _named(model, matrix[k], parts[k])
        sentence = _anomaly(model, context, i, named, judgement)
        of_forest = _Forest(sentence, parts[k], named, float(risk[i]))
        found[i] = explainer.reasons(i, of_forest, wholes[k], i in asked)
    return found


@dataclass(frozen=True, slots=True)
class _Forest:
    """What the forest says of one transaction."""

    sentence: str
    parts: Floats
    named: list[str]
    risk: float


class _Explainer:
    """Puts together the reasons of single transactions."""

    def __init__(
        self, model: AnomalyModel, context: Context, judgement: Judgement, evidence: Floats, alerted: Alerted,
        start: float,
    ) -> None:  # fmt: skip
        self._model, self._context, self._judgement = model, context, judgement
        self._evidence, self._alerted, self._start = evidence, alerted, start
        self._learned = model.combiner.kind in LEARNED
        self._places = set(alerted.places.tolist())
        self._rank_start = 0.0

    def wholes(self, places: NDArray[np.intp]) -> Floats:
        """What each of INPUTS adds to the ranks, (k, inputs)."""
        seen = combiner_matrix(self._context.features[places])
        found, self._rank_start = self._model.combiner.parts(
            seen, self._judgement.surprise[places], self._evidence[places]
        )
        return found

    def reasons(self, i: int, forest: _Forest, whole: Floats, asked: bool) -> list[Reason]:
        """Of transaction ``i``."""
        if i not in self._places:
            return [Reason(reasons.ANOMALY, reasons.MODEL, forest.sentence, forest.risk)]
        details = self._details(i, forest, whole)
        cleared = self._cleared(i, forest, whole) if asked else None
        if cleared:
            details["cleared_by"] = cleared
        closing = f" {cleared}" if cleared else ""
        if not self._learned:
            return [Reason(reasons.ANOMALY, reasons.MODEL, forest.sentence + closing, forest.risk, details)]
        found = [
            Reason(
                reasons.COMBINATION, reasons.MODEL, self._together(i, whole) + closing,
                float(self._judgement.score[i]), details,
            )
        ]  # fmt: skip
        if forest.risk >= NOTABLE:
            found.append(Reason(reasons.ANOMALY, reasons.MODEL, forest.sentence, forest.risk))
        return found

    def _cleared(self, i: int, forest: _Forest, whole: Floats) -> str | None:
        names, parts = (INPUTS, whole) if self._learned else (self._model.features, forest.parts)
        by_name = dict(zip(names, parts.tolist(), strict=True))
        return clearing.smallest(self._alerted.approves, self._context, i, by_name)

    def _details(self, i: int, forest: _Forest, whole: Floats) -> dict[str, Any]:
        """Parts that add up, with the words for those that matter."""
        of_forest = dict(zip(self._model.features, forest.parts.tolist(), strict=True))
        rank = {name: part for name, part in zip(INPUTS, whole.tolist(), strict=True) if part}
        by_rule = self._alerted.evidence_of.get(i, {})
        ruled, total = rank.pop("rules", 0.0), sum(by_rule.values())
        rank |= {f"rule:{code}": ruled * share / total for code, share in by_rule.items()} if total else {}
        if ruled and not total:
            rank["rules"] = ruled
        features = set(COMBINER_FEATURES)
        named = self._leading(whole) if self._learned else forest.named
        words = {name: said(self._context, i, name) for name in named if name in features}
        found = {
            "forest_score": round(float(self._judgement.anomaly[i]), _DIGITS),
            "forest_start": round(self._start, _DIGITS),
            "forest": {name: round(part, _DIGITS) for name, part in of_forest.items() if part},
            "rank": round(float(self._judgement.rank[i]), _DIGITS),
            "rank_start": round(self._rank_start, _DIGITS),
            "parts": {name: round(part, _DIGITS) for name, part in _sorted(rank)},
            "words": words,
        }
        if self._model.chances is not None:
            found["chance"] = round(float(self._model.chances.of(self._judgement.rank[i : i + 1])[0]), 4)
        return found

    def _leading(self, whole: Floats) -> list[str]:
        """The inputs to name, the one with the largest part first."""
        least = max(float(whole.max()) * LEAST_SHARE, 1e-9)
        order = np.argsort(-whole, kind="stable")[: MOST_NAMED + 2].tolist()
        return [INPUTS[j] for j in order if whole[j] >= least]

    def _together(self, i: int, whole: Floats) -> str:
        share = float(np.exp(-self._model.ranks.surprise(self._judgement.rank[i : i + 1])[0]))
        start = f"All that is known taken together, this is more suspicious than {_percent(1.0 - share)} of recent ones"
        if self._model.chances is not None:
            chance = float(self._model.chances.of(self._judgement.rank[i : i + 1])[0])
            start += f", and of those ranked like it about {min(chance, _MOST_CHANCE):.0%} were fraud"
        named = self._leading(whole)
        clauses = []
        for name in named:
            if name == "forest":
                clauses.append("the anomaly model finds it unusual")
            elif name == "rules":
                hits = ", ".join(self._alerted.evidence_of.get(i, {})) or "none"
                clauses.append(f"rules that apply: {hits}")
            else:
                clauses.append(said(self._context, i, name))
        return f"{start}: {'; '.join(dict.fromkeys(clauses).keys())}." if clauses else f"{start}."


def _sorted(parts: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(parts.items(), key=lambda part: -abs(part[1]))


def _named(model: AnomalyModel, row: Floats, part: Floats) -> list[str]:
    """The features to name, the one with the largest part first; none if no feature matters by itself."""
    least = max(float(part.max()) * LEAST_SHARE, 1e-12)
    order = np.argsort(-part, kind="stable")[:MOST_NAMED].tolist()
    return [model.features[j] for j in order if part[j] >= least and row[j] > _NEUTRAL[model.features[j]]]


def _anomaly(model: AnomalyModel, context: Context, i: int, named: list[str], judgement: Judgement) -> str:
    rarer = _percent(1.0 - float(model.tail.share(judgement.anomaly[i : i + 1])[0]))
    start = f"The anomaly model finds this more unusual than {rarer} of the transactions it has learned from"
    clauses = list(dict.fromkeys(said(context, i, name) for name in named))
    if not clauses:
        return f"{start}, by its combination of values."
    return f"{start}: {'; '.join(clauses)}."


def _percent(share: float) -> str:
    # Cut, not rounded: 99.97 must not read as 100.
    return f"{int(share * 1000) / 10:.1f}%"
