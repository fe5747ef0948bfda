"""One rank from all there is: the forest's surprise, what the rules say, and what labels have taught.

Six ways to combine, of which the trainer chooses one by what is known:

- ``surprise``: how rare the forest's score is, or the rules' evidence where that is much rarer. Needs no label. The two
  shares are combined as a weighted harmonic mean, which holds for parts that go together in an unknown way (Wilson: The
  harmonic mean p-value for combining dependent tests, PNAS 2019).
- ``taught``: the same, and added to it the log-odds of being one of those that it finds rarest, over features and the
  rules' evidence: what these have in common, others may have too. Needs no label either (learning from one's own surest
  answers: Lee, Pseudo-Label, ICML 2013 workshop on challenges in representation learning).
- ``forest``, ``rules``: one part alone, where labels show that it ranks best.
- ``linear``, ``boosted``: log-odds of fraud from labels, over features, risks, the forest's surprise and the rules'
  evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine import boosted, linear, stored
from argus_engine.boosted import Boosted
from argus_engine.catalogue import COMBINER_FEATURES
from argus_engine.linear import Linear
from argus_engine.tail import Tail
from argus_engine.unusual import Unusual

Floats = NDArray[np.float64]

KINDS: Final = ("surprise", "forest", "rules", "linear", "boosted", "taught")
LEARNED: Final = ("linear", "boosted", "taught")
BY_LABELS: Final = ("linear", "boosted")
_MODELS: Final[dict[str, type[Linear] | type[Boosted]]] = {"linear": Linear, "boosted": Boosted, "taught": Boosted}
# What the learned kinds see beside the features.
FOREST: Final = "forest"
RULES: Final = "rules"
INPUTS: Final = (*COMBINER_FEATURES, FOREST, RULES)
VALUE: Final = COMBINER_FEATURES.index("population_amount_ratio")
# Beyond e times e the usual amount, an amount lifts a rank no further.
MOST_VALUE: Final = 2.0
# Where one part ranks alone, the other decides between its equals.
_TIE: Final = 1e-3
_UNUSUAL: Final = "unusual."


class CombinerError(ValueError):
    """A file or a set of arrays is not a combiner."""


@dataclass(frozen=True, slots=True, eq=False)
class Combiner:
    """How parts become one rank.

    ``unusual``: on which scale the forest sees features. ``kind``: one of KINDS; ``learned``: the model of a learned
    kind. ``rules_weight``, above 0 and below 1: of the kinds ``surprise`` and ``taught``, the weight of the rules'
    share in the harmonic mean. At 0.01 they are heard where their evidence is a hundred times as rare as the forest's
    score. ``value_weight``, 0 to 1: by which power of the amount, relative to what is usual in its currency, the odds
    of a learned kind are raised: the rank then is that of the fraud in question, not of its likelihood alone.
    ``evidence``: the rules' evidence in training.
    """

    unusual: Unusual
    kind: str
    rules_weight: float
    value_weight: float
    evidence: Tail
    learned: Linear | Boosted | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise CombinerError(f"the kind {self.kind!r} is none of {', '.join(KINDS)}")
        if type(self.learned) is not _MODELS.get(self.kind, type(None)):
            raise CombinerError(f"a combiner of kind {self.kind} comes with {type(self.learned).__name__}")
        if not 0.0 < self.rules_weight < 1.0:
            raise CombinerError(f"rules_weight is {self.rules_weight}, not between 0 and 1")
        if not 0.0 <= self.value_weight <= 1.0:
            raise CombinerError(f"value_weight is {self.value_weight}, not between 0 and 1")
        if self.learned is not None and width(self.learned) != len(INPUTS):
            raise CombinerError(f"the combiner takes {width(self.learned)} inputs, this engine gives {len(INPUTS)}")

    def rank(self, seen: Floats, surprise: Floats, evidence: Floats) -> Floats:
        """Ranks of n transactions, higher is more suspicious.

        ``seen`` (n, m): the features in the order of COMBINER_FEATURES, NaN where not defined; ``surprise`` (n,): the
        forest's; ``evidence`` (n,): the rules'.
        """
        rank = np.zeros(len(seen))
        if self.learned is not None:
            rank += self.learned.log_odds(inputs(seen, surprise, evidence)) + self.value_part(seen)
        if self.kind not in BY_LABELS:
            rank += self._unlearned(surprise, evidence).sum(axis=1)
        return rank

    def _unlearned(self, surprise: Floats, evidence: Floats) -> Floats:
        """What forest and rules add to the ranks, (n, 2)."""
        rules = self.evidence.surprise(evidence)
        if self.kind in {"surprise", "taught"}:
            terms = np.column_stack([np.log1p(-self.rules_weight) + surprise, np.log(self.rules_weight) + rules])
            rank = np.logaddexp(terms[:, 0], terms[:, 1])
            return np.asarray(rank[:, None] * np.exp(terms - rank[:, None]))
        forest, other = (1.0, _TIE) if self.kind == "forest" else (_TIE, 1.0)
        return np.column_stack([forest * surprise, other * rules])

    def value_part(self, seen: Floats) -> Floats:
        """What the amount at stake adds to the rank of a learned kind."""
        return self.value_weight * np.clip(np.nan_to_num(seen[:, VALUE]), -MOST_VALUE, MOST_VALUE)

    def parts(self, seen: Floats, surprise: Floats, evidence: Floats) -> tuple[Floats, float]:
        """What each of INPUTS adds to the ranks, (n, inputs), and from what they start: additive to 1e-9.

        What the amount at stake adds stands with the feature ``population_amount_ratio``.
        """
        found, start = np.zeros((len(seen), len(INPUTS))), 0.0
        if self.learned is not None:
            found, start = self.learned.parts(inputs(seen, surprise, evidence)), self.learned.start
            found[:, VALUE] += self.value_part(seen)
        if self.kind not in BY_LABELS:
            found[:, -2:] += self._unlearned(surprise, evidence)
        return found, start

    def save(self, path: Path) -> None:
        """Write all to a .npz file. The same combiner gives the same bytes."""
        arrays: dict[str, Any] = {_UNUSUAL + name: found for name, found in self.unusual.arrays().items()}
        arrays |= {
            "kind": np.array(KINDS.index(self.kind)),
            "rules_weight": np.float64(self.rules_weight),
            "value_weight": np.float64(self.value_weight),
            "evidence.scores": self.evidence.scores,
            "evidence.shares": self.evidence.shares,
            "evidence.count": np.array(self.evidence.count),
        }
        if self.learned is not None:
            arrays |= {f"{self.kind}.{name}": found for name, found in self.learned.arrays().items()}
        stored.write(path, arrays)

    @classmethod
    def load(cls, path: Path) -> "Combiner":
        """Read what :meth:`save` wrote; never runs code. Raises CombinerError for anything else."""
        try:
            found = stored.read_any(path)
            place = stored.number(found["kind"], np.int64)
            if not 0 <= place < len(KINDS):
                raise CombinerError(f"it has a kind of number {place}")
            kind = KINDS[place]
            if set(found) != set(_names(kind)):
                raise CombinerError("it holds other arrays than a combiner's")
            return cls(
                Unusual.from_arrays(_below(_UNUSUAL, found)),
                kind,
                stored.number(found["rules_weight"], np.float64),
                stored.number(found["value_weight"], np.float64),
                Tail(
                    found["evidence.scores"],
                    found["evidence.shares"],
                    stored.number(found["evidence.count"], np.int64),
                ),
                _learned(kind, found),
            )
        except stored.DAMAGE as error:
            raise CombinerError(f"{path.name} cannot be read: {error}") from error


def inputs(seen: Floats, surprise: Floats, evidence: Floats) -> Floats:
    """What a learned kind sees, (n, inputs)."""
    return np.column_stack([seen, surprise, evidence])


def width(learned: Linear | Boosted) -> int:
    """How many inputs it takes."""
    return len(learned.weight) if isinstance(learned, Linear) else learned.n_features


def _names(kind: str) -> list[str]:
    names = ["kind", "rules_weight", "value_weight", "evidence.scores", "evidence.shares", "evidence.count"]
    names += [_UNUSUAL + name for name in ("starts", "values", "shares", "heard")]
    below = {Linear: linear.STORED, Boosted: boosted.STORED}[_MODELS[kind]] if kind in _MODELS else ()
    return names + [f"{kind}.{name}" for name in below]


def _below(prefix: str, found: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): array for name, array in found.items() if name.startswith(prefix)}


def _learned(kind: str, found: Mapping[str, Any]) -> Linear | Boosted | None:
    made = _MODELS.get(kind)
    return made.from_arrays(_below(f"{kind}.", found)) if made else None
