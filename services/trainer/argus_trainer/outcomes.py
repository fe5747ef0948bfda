"""How a training can end. Each message is for the person who reads the log."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Ended:
    """How a training ended; ``status`` is the exit status of ``--once``, ``version`` what it registered."""

    outcome: str
    status: int
    summary: str
    version: str | None = None


class TrainingError(Exception):
    """The training ended early: ``outcome`` says why in metrics, ``status`` to the caller of ``--once``."""

    outcome = "failed"
    status = 1


class TooFewTransactions(TrainingError):
    """The window holds too few transactions to learn from."""

    outcome = "too_few_transactions"
    status = 3


class RegistryDown(TrainingError):
    """MLflow does not answer, or not as expected."""

    outcome = "registry_down"
    status = 4


class AlreadyRunning(TrainingError):
    """Another trainer holds the lock."""

    outcome = "already_running"
    status = 5


class LedgerDown(TrainingError):
    """PostgreSQL does not answer."""

    outcome = "ledger_down"
    status = 7


class Stopped(TrainingError):
    """The process was asked to end."""

    outcome = "stopped"
    status = 0


# Refused by the checks (see pipeline), too early, or being done by another: trying again at once would not change it.
SETTLED: Final = frozenset({TooFewTransactions.status, AlreadyRunning.status, 6})
