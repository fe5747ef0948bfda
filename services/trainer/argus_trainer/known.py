"""What is known of fraud in the rows of a training, and what that allows to conclude."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
UNKNOWN, GENUINE, FRAUD = -1, 0, 1

# Fewer known frauds than these teach nothing, and judge nothing.
LEAST_TO_LEARN: Final = 30
LEAST_TO_JUDGE: Final = 10
ENOUGH_TO_JUDGE: Final = 100
# What a transaction that nobody reviewed counts, beside one that was found genuine.
UNREVIEWED_WEIGHT: Final = 0.02
_DAY: Final = 86_400_000_000
_MOST_SHARE: Final = 0.34


@dataclass(frozen=True, slots=True)
class Known:
    """Of n rows in the order of time: which are fraud, which count as genuine, and where judging begins.

    Rows later than the latest label are neither: their frauds are not known yet. Of earlier ones, those without a
    label count as genuine where labels come by themselves: most are, and nobody has complained. Where labels are
    reviews, they only show what is usual: those that look like frauds are not known to be none, and a model that is
    told so unlearns what it knows. ``weight`` (n,) says what each counts where ways are judged: those without a review
    less than 1. ``judged_from``: rows from there on judge
    what was learned from those before; None where too few frauds are known. ``stage``: one of
    argus_engine.model.STAGES.
    """

    fraud: Bools
    genuine: Bools
    weight: NDArray[np.float64]
    until: int
    judged_from: int | None
    stage: str

    @property
    def frauds(self) -> int:
        """How many are known."""
        return int(self.fraud.sum())


def known(occurred_at: NDArray[np.int64], label: NDArray[np.int8]) -> Known:
    """From labels of rows in the order of time."""
    labelled = np.flatnonzero(label != UNKNOWN)
    until = int(labelled[-1]) + 1 if len(labelled) else 0
    early = np.arange(len(label)) < until
    fraud = label == FRAUD
    genuine = early & ~fraud
    stage = _stage(label[:until])
    weight = np.ones(len(label))
    if stage == "reviewed":
        weight[label == UNKNOWN] = UNREVIEWED_WEIGHT
    return Known(fraud, genuine, weight, until, _judged_from(occurred_at[:until], fraud[:until]), stage)


def _stage(label: NDArray[np.int8]) -> str:
    """Labels on most, or on frauds alone, come by themselves; labels on a choice are somebody's reviews."""
    if not (label == FRAUD).any():
        return "label-free"
    genuine = float((label == GENUINE).mean())
    return "delayed" if genuine >= 0.5 or genuine == 0.0 else "reviewed"


def _judged_from(occurred_at: NDArray[np.int64], fraud: Bools) -> int | None:
    """The latest labelled week, or as many as hold enough frauds; at most a third of the frauds."""
    frauds = int(fraud.sum())
    if frauds < LEAST_TO_LEARN:
        return None
    later = frauds - np.cumsum(fraud)
    weeks = 1
    while True:
        begin = int(np.searchsorted(occurred_at, occurred_at[-1] - weeks * 7 * _DAY, "right"))
        held = int(fraud[begin:].sum())
        if held >= ENOUGH_TO_JUDGE or held > _MOST_SHARE * frauds or begin == 0:
            break
        weeks += 1
    if held > _MOST_SHARE * frauds:
        # A third of the frauds, whatever time that takes.
        begin = int(np.searchsorted(-later, -_MOST_SHARE * frauds))
        held = int(fraud[begin:].sum())
    return begin if held >= LEAST_TO_JUDGE and begin > 0 else None
