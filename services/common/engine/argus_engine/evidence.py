"""What rules say of a batch as one number a transaction, without sentences: for training, as in scoring."""

from contextlib import suppress
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine.rules.base import CompiledRule
from argus_engine.rules.context import Context

Floats = NDArray[np.float64]
# A rule that is certain would be infinite evidence.
MOST: Final = 0.99


def of_hits(weight: float) -> float:
    """A hit's evidence, from 0 up: minus the logarithm of what it leaves of innocence.

    >>> round(of_hits(0.5), 4)
    0.6931
    """
    return float(-np.log(1.0 - min(weight, MOST)))


def evidence(rules: tuple[CompiledRule, ...], context: Context) -> Floats:
    """The sum over each transaction's hits; rules that raise and those that allow say nothing.

    Each rule's hits go into ``context.hits``, where those after it look for earlier reasons.
    """
    found = np.zeros(len(context))
    for rule in rules:
        hits = np.zeros(len(context), bool)
        with suppress(Exception):
            hits = rule.hits(context)
        context.hits[rule.code] = hits
        if not rule.allows:
            found[hits] += of_hits(rule.weight)
    return found
