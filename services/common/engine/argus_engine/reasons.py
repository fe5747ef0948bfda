"""Why a decision is as it is: sentences, each with a code and a weight."""

from dataclasses import dataclass
from typing import Final

RULE: Final = "rule"
MODEL: Final = "model"

# Codes that are not a rule's own.
RULE_ERROR: Final = "rule_error"
MODEL_UNAVAILABLE: Final = "model_unavailable"
ANOMALY: Final = "anomaly"
ENGINE_ERROR: Final = "engine_error"
RESERVED: Final = frozenset({RULE_ERROR, MODEL_UNAVAILABLE, ANOMALY, ENGINE_ERROR})


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    ``kind``: RULE or MODEL. ``message``: a whole sentence for people. ``weight``, 0 to 1: how much it alone
    raises the score.
    """

    code: str
    kind: str
    message: str
    weight: float
