"""All that the ledger holds of one case, for its file."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from argus_records.models import Alert, Approval, ApprovalKind, AuditEvent, Case, CaseEvidence, Label
from argus_records.selectors.cases import watches
from argus_records.selectors.personal import Parties, case_names

# Who took a file away, and when, is asked of the audit log: a file that spoke of itself would never be the same twice.
FILE_MADE = "case.file_made"


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case with all that belongs to it, everything oldest first."""

    case: Case
    alerts: list[Alert]
    labels: dict[int, list[Label]]
    events: list[AuditEvent]
    proposals: list[Approval]
    evidence: list[CaseEvidence]
    merged_from: list[int]
    watchers: list[str]
    named: list[Parties]


def case_record(*, case: Case) -> CaseRecord:
    """Of a case that its reader has locked, all of one moment."""
    alerts = list(
        Alert.objects.filter(case=case)
        .select_related("transaction__client", "transaction__decision__batch__feature_schema")
        .order_by("id")
    )
    ids = [alert.transaction_id for alert in alerts]
    labels: dict[int, list[Label]] = defaultdict(list)
    for label in Label.objects.filter(transaction_id__in=ids).order_by("observed_at", "id"):
        labels[label.transaction_id].append(label)
    proposals = list(
        Approval.objects.filter(
            kind__in=[ApprovalKind.CASE_CLOSE, ApprovalKind.CASE_REOPEN], subject=str(case.pk)
        ).order_by("id")
    )
    of_case = Q(object_type="case", object_id=str(case.pk))
    of_proposals = Q(object_type="approval", object_id__in=[str(one.pk) for one in proposals])
    of_labels = Q(object_type="transaction", object_id__in=[str(one) for one in ids], action="label.added")
    events = AuditEvent.objects.filter(of_case | of_proposals | of_labels).exclude(action=FILE_MADE)
    return CaseRecord(
        case=case,
        alerts=alerts,
        labels=labels,
        events=list(events.order_by("at", "id")),
        proposals=proposals,
        evidence=list(case.evidence.defer("content").order_by("id")),
        merged_from=list(case.merged.order_by("id").values_list("id", flat=True)),
        watchers=watches(case_id=case.pk),
        named=case_names(case_id=case.pk),
    )
