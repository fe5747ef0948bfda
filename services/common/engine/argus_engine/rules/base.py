"""What every rule is: a code, a guard, and one result."""

from abc import ABC, abstractmethod
from typing import ClassVar

from argus_engine.rules.context import Context, Mask
from argus_engine.rules.terms import Rule


class CompiledRule(ABC):
    """A rule ready to run on batches.

    ``weight``: 0 to 1, how much a hit alone raises the score. ``outcome``: "score", "review" or "block", the
    verdict that a hit asks for. ``firm``: a hit stands even for those on the allow list. ``allows``: a hit
    brings the verdict down.
    """

    firm: bool = False
    allows: ClassVar[bool] = False

    def __init__(self, spec: Rule) -> None:
        self.code: str = spec.code
        self.weight: float = spec.weight
        self.outcome: str = spec.outcome

    @abstractmethod
    def hits(self, context: Context) -> Mask:
        """Which transactions of the batch it concerns."""

    @abstractmethod
    def message(self, context: Context, i: int) -> str:
        """A sentence on why it concerns transaction ``i``, one of its hits."""
