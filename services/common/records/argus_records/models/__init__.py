"""The models, one module per concern."""

from argus_records.models.alerts import Alert, AlertStatus
from argus_records.models.approvals import Approval, ApprovalKind, ApprovalState
from argus_records.models.audit import AuditEvent
from argus_records.models.backtests import BacktestRun, BacktestState
from argus_records.models.cases import Case, CaseEvidence, CaseNotice, CaseState, CaseWatch, Disposition
from argus_records.models.clients import ApiClient, ApiKey, Scope
from argus_records.models.decisions import Decision, DecisionBatch, FeatureSchema, Verdict
from argus_records.models.desk import DeskSetting
from argus_records.models.invitations import Invitation
from argus_records.models.labels import Label, LabelValue
from argus_records.models.lists import ListEntry, ListKind, ListRevision, ManagedList
from argus_records.models.password_links import PasswordLink
from argus_records.models.rollups import RollupMark, RuleHour, ScoreHour, VolumeHour
from argus_records.models.rulesets import RuleSetState, RuleSetVersion, RuleTally
from argus_records.models.shadow import ShadowBatch, ShadowDecision
from argus_records.models.state import CounterpartyLink, CustomerProfile, DeviceLink, MemoryMark, SharedState
from argus_records.models.transactions import Channel, Pending, Transaction, TransactionType
from argus_records.models.views import SavedView

__all__ = [
    "Alert",
    "AlertStatus",
    "ApiClient",
    "ApiKey",
    "Approval",
    "ApprovalKind",
    "ApprovalState",
    "AuditEvent",
    "BacktestRun",
    "BacktestState",
    "Case",
    "CaseEvidence",
    "CaseNotice",
    "CaseState",
    "CaseWatch",
    "Channel",
    "CounterpartyLink",
    "CustomerProfile",
    "Decision",
    "DecisionBatch",
    "DeskSetting",
    "DeviceLink",
    "Disposition",
    "FeatureSchema",
    "Invitation",
    "Label",
    "LabelValue",
    "ListEntry",
    "ListKind",
    "ListRevision",
    "ManagedList",
    "MemoryMark",
    "PasswordLink",
    "Pending",
    "RollupMark",
    "RuleHour",
    "RuleSetState",
    "RuleSetVersion",
    "RuleTally",
    "SavedView",
    "Scope",
    "ScoreHour",
    "ShadowBatch",
    "ShadowDecision",
    "SharedState",
    "Transaction",
    "TransactionType",
    "Verdict",
    "VolumeHour",
]
