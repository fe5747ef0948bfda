"""How urgent a case is, and by when it is to be decided."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Level(StrEnum):
    """Priorities as people speak of them."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def words(self) -> Promise:
        """The name as people read it."""
        return _WORDS[self]


_WORDS: Final = {
    Level.URGENT: _("urgent"),
    Level.HIGH: _("high"),
    Level.NORMAL: _("normal"),
    Level.LOW: _("low"),
}
# From how many points on. Ours: a single alert for review starts low to high by its score, a block one level above, and
# each further hit moves the case up.
FROM: Final = {Level.URGENT: 80, Level.HIGH: 60, Level.NORMAL: 40, Level.LOW: 0}
_OF_SCORE: Final = 70
_OF_BLOCK: Final = 15
_OF_HIT: Final = 5
_OF_HITS_AT_MOST: Final = 15


def priority(*, score: float, blocked: bool, alerts: int) -> int:
    """Points, 0 to 100, higher is more urgent.

    ``score``: the highest of the case's alerts, 0 to 1; ``blocked``: whether any of them says block; ``alerts``: how
    many they are. No argument lowers it when it grows, so a further hit never makes a case less urgent.

    >>> priority(score=0.5, blocked=False, alerts=1), priority(score=0.9, blocked=True, alerts=2)
    (35, 83)
    """
    hits = min(_OF_HITS_AT_MOST, _OF_HIT * max(0, alerts - 1))
    return min(100, round(_OF_SCORE * score) + (_OF_BLOCK if blocked else 0) + hits)


def level(points: int) -> Level:
    """The level of these points.

    >>> str(level(83)), str(level(35))
    ('urgent', 'low')
    """
    return next(name for name, least in FROM.items() if points >= least)


def due(since: datetime, points: int) -> datetime:
    """By when a case is to be decided that had these points at ``since``: ARGUS_CASE_DUE_HOURS, by level."""
    return since + timedelta(hours=settings.CASE_DUE_HOURS[level(points)])
