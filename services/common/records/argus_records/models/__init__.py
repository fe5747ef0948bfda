"""The models, one module per concern."""

from argus_records.models.alerts import Alert, AlertStatus
from argus_records.models.audit import AuditEvent
from argus_records.models.clients import ApiClient, ApiKey, Scope
from argus_records.models.decisions import Decision, DecisionBatch, FeatureSchema, Verdict
from argus_records.models.labels import Label, LabelValue
from argus_records.models.rulesets import RuleSetVersion
from argus_records.models.state import CounterpartyLink, CustomerProfile, DeviceLink, MemoryMark, SharedState
from argus_records.models.transactions import Channel, Pending, Transaction, TransactionType

__all__ = [
    "Alert",
    "AlertStatus",
    "ApiClient",
    "ApiKey",
    "AuditEvent",
    "Channel",
    "CounterpartyLink",
    "CustomerProfile",
    "Decision",
    "DecisionBatch",
    "DeviceLink",
    "FeatureSchema",
    "Label",
    "LabelValue",
    "MemoryMark",
    "Pending",
    "RuleSetVersion",
    "Scope",
    "SharedState",
    "Transaction",
    "TransactionType",
    "Verdict",
]
