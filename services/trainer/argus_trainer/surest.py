"""Learning without labels from what forest and rules are surest of: what the rarest transactions have in common."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from argus_engine.combiner import Combiner, inputs
from numpy.typing import NDArray

from argus_trainer import boosting
from argus_trainer.parts import Parts

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

# The share of transactions taken for the surest, and how often they are chosen anew by what they have taught.
SHARE: Final = 0.002
ROUNDS: Final = 2
# Of fewer nothing can be learned; a larger share would not be rare.
LEAST: Final = 60
MOST_SHARE: Final = 0.005
_CHUNK: Final = 100_000


@dataclass(frozen=True, slots=True)
class Taught:
    """A combiner of kind ``taught``, its trees, and by how much drawing raised their log-odds.

    ``apart`` (n,): the ranks of all rows by combiners that had not learned from them; -inf for rows left out.
    """

    combiner: Combiner
    original: Any
    raised: float
    apart: Floats


def taught(base: Combiner, parts: Parts, among: NDArray[np.bool_]) -> Taught | None:
    """What the rows ``among`` teach. ``base``: of kind ``surprise``, which chooses. None where the rows are too few."""
    places = np.flatnonzero(among)
    share = max(SHARE, LEAST / max(len(places), 1))
    if share > MOST_SHARE:
        return None
    halves = places[::2], places[1::2]
    apart = np.full(len(among), -np.inf)
    for learned, ranked in (halves, halves[::-1]):
        apart[ranked] = _ranked(_learn(base, parts, learned, share)[0], parts, ranked)
    return Taught(*_learn(base, parts, places, share), apart)


def _learn(base: Combiner, parts: Parts, places: Places, share: float) -> tuple[Combiner, Any, float]:
    count = round(share * len(places))
    combiner, trees, raised = base, None, 0.0
    for _ in range(ROUNDS):
        order = np.argsort(-_ranked(combiner, parts, places), kind="stable")
        surest, others = np.zeros(len(parts.evidence), bool), np.zeros(len(parts.evidence), bool)
        surest[places[order[:count]]], others[places[order[count:]]] = True, True
        drawn = boosting.draw(surest, others, np.zeros(len(others), bool))
        trees, raised = boosting.boost_surest(inputs(*parts.at(drawn.places)), drawn.fraud), drawn.raised
        combiner = replace(base, kind="taught", learned=boosting.flat_boosted(trees, raised))
    return combiner, trees, raised


def _ranked(combiner: Combiner, parts: Parts, places: Places) -> Floats:
    chunks = [places[low : low + _CHUNK] for low in range(0, len(places), _CHUNK)]
    return np.concatenate([combiner.rank(*parts.at(chunk)) for chunk in chunks])
