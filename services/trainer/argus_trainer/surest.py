"""Learning without labels from what forest and rules are surest of: what the rarest transactions have in common."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from argus_engine.combiner import Combiner, inputs
from numpy.typing import NDArray

from argus_trainer import boosting
from argus_trainer.parts import Parts

Floats = NDArray[np.float64]

# The share of transactions taken for the surest, and how often they are chosen anew by what they have taught.
SHARE: Final = 0.002
ROUNDS: Final = 2
# Of fewer nothing can be learned; a larger share would not be rare.
LEAST: Final = 60
MOST_SHARE: Final = 0.005
_CHUNK: Final = 100_000


def taught(base: Combiner, parts: Parts, among: NDArray[np.bool_]) -> tuple[Combiner, Any, float] | None:
    """What the rows ``among`` teach, with the trees and by how much drawing raised their log-odds.

    ``base``: of kind ``surprise``, which chooses. None where the rows are too few.
    """
    places = np.flatnonzero(among)
    share = max(SHARE, LEAST / max(len(places), 1))
    if share > MOST_SHARE:
        return None
    count = round(share * len(places))
    found: tuple[Combiner, Any, float] | None = None
    for _ in range(ROUNDS):
        rank = _ranked(found[0] if found else base, parts, places)
        surest = np.zeros(len(among), bool)
        surest[places[np.argsort(-rank, kind="stable")[:count]]] = True
        drawn = boosting.draw(surest, among & ~surest, np.zeros(len(among), bool))
        trees = boosting.boost_surest(inputs(*parts.at(drawn.places)), drawn.fraud)
        flat = boosting.flat_boosted(trees, drawn.raised)
        found = replace(base, kind="taught", learned=flat), trees, drawn.raised
    return found


def _ranked(combiner: Combiner, parts: Parts, places: NDArray[np.intp]) -> Floats:
    chunks = [places[low : low + _CHUNK] for low in range(0, len(places), _CHUNK)]
    return np.concatenate([combiner.rank(*parts.at(chunk)) for chunk in chunks])
