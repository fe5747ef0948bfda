"""Why a decision is as it is: sentences, each with a code and a weight."""

from dataclasses import dataclass
from typing import Any, Final

RULE: Final = "rule"
MODEL: Final = "model"

# Codes that are not a rule's own.
RULE_ERROR: Final = "rule_error"
MODEL_UNAVAILABLE: Final = "model_unavailable"
ANOMALY: Final = "anomaly"
COMBINATION: Final = "combination"
ENGINE_ERROR: Final = "engine_error"
RESERVED: Final = frozenset({RULE_ERROR, MODEL_UNAVAILABLE, ANOMALY, COMBINATION, ENGINE_ERROR})


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    ``kind``: RULE or MODEL. ``message``: whole sentences for people. ``weight``, 0 to 1: how strongly it speaks by
    itself. ``details``: of an alerted transaction, what the model's score is made of, ready for JSON: ``forest``, per
    feature what it adds to ``forest_start`` to give ``forest_score``; ``parts``, what each feature, rule
    ("rule:CODE") and the forest add to ``rank_start`` to give the ``rank``, in log-odds where labels have taught it;
    ``words``, sentences on the leading parts; ``chance``, the share of fraud among like ones; ``cleared_by``, the
    smallest change that would have cleared it.
    """

    code: str
    kind: str
    message: str
    weight: float
    details: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """As it is stored and given by the API."""
        found: dict[str, Any] = {
            "code": self.code, "kind": self.kind, "message": self.message, "weight": self.weight,
        }  # fmt: skip
        return found if self.details is None else found | {"details": self.details}
