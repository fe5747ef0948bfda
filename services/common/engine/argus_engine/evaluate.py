"""From features to decisions: rules, the forest, one score, a verdict, and the reasons for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine import clearing, reasons
from argus_engine.capacity import paced
from argus_engine.columns import Transactions
from argus_engine.config import FeatureConfig
from argus_engine.evidence import evidence, of_hits
from argus_engine.explain import Alerted, explained
from argus_engine.managed import NO_LISTS, Lists
from argus_engine.model import AnomalyModel, Judgement
from argus_engine.reasons import Reason
from argus_engine.rules.base import CompiledRule
from argus_engine.rules.compiled import compiled
from argus_engine.rules.context import Context
from argus_engine.rules.language.windows import Window
from argus_engine.rules.running import Run, run
from argus_engine.ruleset import RuleSet

# The stronger verdict has the higher place.
VERDICTS: Final = ("approve", "review", "block")
_STRENGTH: Final = {"score": 0, "review": 1, "block": 2}


class CompiledRuleSet:
    """A rule set ready to evaluate batches."""

    def __init__(self, ruleset: RuleSet) -> None:
        self.ruleset = ruleset
        self.feature_config: FeatureConfig = ruleset.feature_config()
        self.rules: tuple[CompiledRule, ...] = compiled(ruleset)
        self.windows: frozenset[Window] = ruleset.windows()


@dataclass(frozen=True, slots=True)
class Evaluated:
    """n decisions.

    ``score`` (n,) 0 to 1, higher is more suspicious. ``forest_score`` (n,) the forest's raw anomaly score,
    0 to 1, higher is more unusual, NaN where no model took part. ``verdict``: "approve", "review" or "block".
    ``reasons``: rules in the order of the rule set, then the model; transactions may share a list, so none is
    to be changed. ``rule_hits`` and ``rule_errors``: on how many transactions each rule hit and raised, by
    code.
    """

    score: NDArray[np.float64]
    forest_score: NDArray[np.float64]
    verdict: list[str]
    reasons: list[list[Reason]]
    rule_hits: dict[str, int]
    rule_errors: dict[str, int]


@dataclass(frozen=True, slots=True)
class Approval:
    """Which transactions a rule set and a model together would approve, without sentences."""

    ruleset: CompiledRuleSet
    model: AnomalyModel

    def __call__(self, context: Context) -> NDArray[np.bool_]:
        """(n,)."""
        rules = self.ruleset.rules
        score = self.model.judge(context.features, evidence(rules, context)).score
        asked = paced(score, self.model.pace) >= self.ruleset.ruleset.thresholds.review
        return ~asked & ~clearing.asked_for(rules, context)


def evaluate(
    batch: Transactions,
    features: NDArray[np.float64],
    ruleset: CompiledRuleSet,
    model: AnomalyModel | None,
    model_note: str | None,
    *,
    windows: Mapping[Window, NDArray[np.float64]] | None = None,
    lists: Lists = NO_LISTS,
) -> Evaluated:
    """Decide a batch.

    ``features``: (n, F) in the catalogue's order. ``model_note``: why there is no model, for its reason. ``windows``:
    the values, (n,), of the rule set's own windows; a rule whose window is missing raises. ``lists``: the managed lists
    as of the moment of the decision.
    """
    context = Context(batch, features, windows, lists)
    judged, heard, score = _decided(context, ruleset, model, model_note, words=True)
    if model is not None and heard.judgement is not None:
        for i, own in _explained(context, judged, ruleset, model, heard.judgement).items():
            judged.reasons.setdefault(i, []).extend(own)
    listed = [heard.of_all] * len(batch)
    for i, own in judged.reasons.items():
        listed[i] = own + heard.of_all
    verdict = ["approve"] * len(batch)
    for i in np.flatnonzero(judged.strength).tolist():
        verdict[i] = VERDICTS[judged.strength[i]]
    return Evaluated(score, heard.anomaly, verdict, listed, judged.rule_hits, judged.rule_errors)


@dataclass(frozen=True, slots=True)
class Decided:
    """n decisions without a word.

    ``score`` and ``forest_score`` as in :class:`Evaluated`; ``strength`` (n,) int8: places in VERDICTS. ``hits``: per
    rule, in the order of the rule set, which transactions it hit, (n,). ``rule_errors`` as in :class:`Evaluated`.
    """

    score: NDArray[np.float64]
    forest_score: NDArray[np.float64]
    strength: NDArray[np.int8]
    hits: dict[str, NDArray[np.bool_]]
    rule_errors: dict[str, int]


def decide(
    batch: Transactions,
    features: NDArray[np.float64],
    ruleset: CompiledRuleSet,
    model: AnomalyModel | None,
    *,
    windows: Mapping[Window, NDArray[np.float64]] | None = None,
    lists: Lists = NO_LISTS,
) -> Decided:
    """What :func:`evaluate` decides, for those who only count.

    The one thing that it cannot see is a sentence that fails to be written, which sends a transaction to review.
    """
    context = Context(batch, features, windows, lists)
    judged, heard, score = _decided(context, ruleset, model, None, words=False)
    return Decided(score, heard.anomaly, judged.strength, context.hits, judged.rule_errors)


def _decided(
    context: Context, ruleset: CompiledRuleSet, model: AnomalyModel | None, note: str | None, *, words: bool
) -> "tuple[_Judged, _Heard, NDArray[np.float64]]":
    """What rules and model came to, and the scores."""
    judged = _Judged(context, ruleset)
    for rule in ruleset.rules:
        judged.take(rule, run(rule, context, words=words))
    heard = _heard(context, judged, model, note)
    pace = model.pace if model is not None and heard.judgement is not None else 1.0
    return judged, heard, judged.decide(heard.score, pace)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the model made of the batch, None where it took no part, and what that says of all transactions.

    ``score``: the model's, or what the rules alone come to.
    """

    anomaly: NDArray[np.float64]
    score: NDArray[np.float64]
    judgement: Judgement | None
    of_all: list[Reason]


def _heard(context: Context, judged: "_Judged", model: AnomalyModel | None, note: str | None) -> _Heard:
    if model is None:
        why = (note or "none is loaded").rstrip(".")
        said = f"Rules alone decided this transaction, without the anomaly model: {why}."
    else:
        try:
            found = model.judge(context.features, judged.evidence)
            return _Heard(found.anomaly, found.score, found, [])
        except Exception as error:
            said = (
                "Rules alone decided this transaction: "
                f"the anomaly model, version {model.version}, failed ({type(error).__name__})."
            )
    unavailable = Reason(reasons.MODEL_UNAVAILABLE, reasons.MODEL, said, 0.0)
    return _Heard(np.full(len(context), np.nan), judged.rules_score, None, [unavailable])


def _explained(
    context: Context, judged: "_Judged", ruleset: CompiledRuleSet, model: AnomalyModel, found: Judgement
) -> dict[int, list[Reason]]:
    """The model's reasons. The decisions stand, also where words for them fail."""
    places = np.flatnonzero(judged.strength)
    try:
        alerted = Alerted(places, judged.evidence_of, Approval(ruleset, model))
        return explained(model, context, found, judged.evidence, alerted)
    except Exception as error:
        said = f"What the model found could not be put into words ({type(error).__name__})."
        return {i: [Reason(reasons.ANOMALY, reasons.MODEL, said, 0.0)] for i in places.tolist()}


class _Judged:
    """What the rules have said of a batch so far."""

    def __init__(self, context: Context, ruleset: CompiledRuleSet) -> None:
        n = len(context)
        self._thresholds = ruleset.ruleset.thresholds
        self._clear = np.ones(n)  # product of (1 - weight) over the hits
        self._asked = np.zeros(n)  # the highest weight of the hits that ask for a verdict
        self.evidence = np.zeros(n)  # see argus_engine.evidence
        self.evidence_of: dict[int, dict[str, float]] = {}  # by rule
        self._firm: dict[int, list[str]] = {}  # codes of hits that the allow list does not lift
        self._failed: dict[int, list[str]] = {}  # codes of rules that raised
        self._allowed: dict[int, tuple[str, str]] = {}
        self.strength = np.zeros(n, np.int8)  # places in VERDICTS
        self.reasons: dict[int, list[Reason]] = {}
        self.rule_hits: dict[str, int] = {}
        self.rule_errors: dict[str, int] = {}

    def take(self, rule: CompiledRule, done: Run) -> None:
        """Take in what one rule came to."""
        if done.raised:
            self.rule_errors[rule.code] = done.raised
            for i in done.failed:
                self._failed.setdefault(i, []).append(rule.code)
        if not done.hits:
            return
        self.rule_hits[rule.code] = len(done.hits)
        if rule.allows:
            for i, message in zip(done.hits, done.messages or [""] * len(done.hits), strict=True):
                self._allowed.setdefault(i, (rule.code, message))
            return
        self._clear[done.hits] *= 1.0 - rule.weight
        self.evidence[done.hits] += of_hits(rule.weight)
        if rule.outcome != "score":
            self._asked[done.hits] = np.maximum(self._asked[done.hits], rule.weight)
        self.strength[done.hits] = np.maximum(self.strength[done.hits], _STRENGTH[rule.outcome])
        if rule.firm:
            for i in done.hits:
                self._firm.setdefault(i, []).append(rule.code)
        if not done.messages:
            return
        for i, message in zip(done.hits, done.messages, strict=True):
            self.reasons.setdefault(i, []).append(Reason(rule.code, reasons.RULE, message, rule.weight))
            self.evidence_of.setdefault(i, {})[rule.code] = of_hits(rule.weight)

    @property
    def rules_score(self) -> NDArray[np.float64]:
        """What the rules alone come to, 0 to 1: a noisy-or over their hits."""
        return np.clip(1.0 - self._clear, 0.0, 1.0)

    def decide(self, found: NDArray[np.float64], pace: float) -> NDArray[np.float64]:
        """The scores; verdicts go into ``strength``. ``pace`` moves the line for review to what can be worked.

        A rule that asks for a verdict is not outvoted: the score is at least its weight.
        """
        review, block = self._thresholds.review, self._thresholds.block
        score = np.maximum(found, self._asked)
        asked = np.where(score >= block, 2, (paced(found, pace) >= review) | (self._asked >= review)).astype(np.int8)
        np.maximum(self.strength, asked, out=self.strength)
        for i, (code, message) in self._allowed.items():
            self._allow(i, code, message, score)
        for i, codes in self._failed.items():
            self.strength[i] = max(self.strength[i], 1)
            score[i] = max(score[i], review)
            self.reasons.setdefault(i, []).append(_could_not_check(codes, review))
        return score

    def _allow(self, i: int, code: str, message: str, score: NDArray[np.float64]) -> None:
        standing = self._firm.get(i, []) + self._failed.get(i, [])
        if standing:
            said = f"{message} That does not lift {', '.join(dict.fromkeys(standing))}."
        else:
            said = message
            if self.strength[i]:
                said += f" Therefore the verdict is approve instead of {VERDICTS[self.strength[i]]}."
            self.strength[i] = 0
            score[i] = min(score[i], self._thresholds.review / 2)
        self.reasons.setdefault(i, []).append(Reason(code, reasons.RULE, said, 0.0))


def _could_not_check(codes: list[str], weight: float) -> Reason:
    which = f"rule {codes[0]}" if len(codes) == 1 else f"rules {', '.join(codes)}"
    return Reason(
        reasons.RULE_ERROR,
        reasons.RULE,
        f"The {which} could not be checked on this transaction; a person must look at it.",
        weight,
    )
