"""A case as one document: docs/reports.md says what stands in it, docs/case-file-1.schema.json in which form.

It holds nothing of the moment it is made in and of who makes it: the same case gives the same bytes, so that its digest
on paper can be matched. Every text is in English, whatever its reader speaks: it is for programs, too.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import orjson
from argus_records.models import Alert, Case, Label, Transaction
from argus_records.selectors.case_files import CaseRecord
from argus_records.services.cases.priority import level
from django.utils import translation

from argus_web.accounts.veil import Shown, Veil
from argus_web.dashboard.readable import decision_shown

FORMAT: Final = "argus-case-file/1"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The document, its bytes and their SHA-256."""

    document: dict[str, Any]
    content: bytes
    sha256: str


def case_file(record: CaseRecord, shown: Shown) -> CaseFile:
    """The file of a case, with the personal data that is ``shown``."""
    with translation.override("en"):
        document = _document(record, Veil(shown, record.named))
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return CaseFile(document, content, hashlib.sha256(content).hexdigest())


def _document(record: CaseRecord, veil: Veil) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "personal_data": str(veil.shown),
        "case": _case(record, veil),
        "alerts": [_alert(alert, record.labels.get(alert.transaction_id, []), veil) for alert in record.alerts],
        "notes": [
            {
                "at": _time(event.at),
                "actor": event.actor,
                "text": veil.note(event.note),
                "mentioned": (event.after or {}).get("mentioned", []),
            }
            for event in record.events
            if event.action == "case.noted"
        ],
        "timeline": [
            {
                "at": _time(event.at),
                "actor": event.actor,
                "action": event.action,
                "object_type": event.object_type,
                "object_id": event.object_id,
                "before": veil.tree(event.before),
                "after": veil.tree(event.after),
                "note": veil.note(event.note),
            }
            for event in record.events
        ],
        "proposals": [
            {
                "id": one.pk,
                "kind": one.kind,
                "proposal": veil.tree(one.proposal),
                "reason": veil.note(one.reason),
                "proposed_by": one.proposed_by,
                "proposed_at": _time(one.proposed_at),
                "state": one.state,
                "decided_by": one.decided_by,
                "decided_at": _time(one.decided_at),
                "answer": veil.note(one.answer),
            }
            for one in record.proposals
        ],
        "evidence": [
            {
                "id": one.pk,
                "name": veil.note(one.name),
                "media_type": one.media_type,
                "size": one.size,
                "sha256": one.sha256,
                "added_by": one.actor,
                "added_at": _time(one.at),
            }
            for one in record.evidence
        ],
    }


def _case(record: CaseRecord, veil: Veil) -> dict[str, Any]:
    case: Case = record.case
    return {
        "id": case.pk,
        "customer_id": veil.name(case.customer_id),
        "state": case.state,
        "version": case.version,
        "priority": case.priority,
        "level": str(level(case.priority)),
        "headline": veil.text(case.headline),
        "amount": _amount(case.amount),
        "currency": case.currency,
        "score": case.score,
        "blocked": case.blocked,
        "alerts_count": case.alerts_count,
        "opened_at": _time(case.opened_at),
        "latest_at": _time(case.latest_at),
        "due_at": _time(case.due_at),
        "deadline_missed_at": _time(case.breached_at),
        "assignee": case.assignee,
        "wait_until": _time(case.wait_until),
        "disposition": case.disposition,
        "closed_at": _time(case.closed_at),
        "closed_by": case.closed_by,
        "labelled_at": _time(case.labelled_at),
        "merged_into": case.merged_into_id,
        "merged_from": record.merged_from,
        "watchers": record.watchers,
    }


def _alert(alert: Alert, labels: list[Label], veil: Veil) -> dict[str, Any]:
    return {
        "id": alert.pk,
        "opened_at": _time(alert.opened_at),
        "status": alert.status,
        "decided_at": _time(alert.decided_at),
        "decided_by": alert.decided_by,
        "headline": veil.text(alert.headline),
        "codes": alert.codes,
        "transaction": _transaction(alert.transaction, veil),
        "decision": _decision(alert.transaction, veil),
        "labels": [
            {
                "label": label.label,
                "source": veil.text(label.source),
                "observed_at": _time(label.observed_at),
                "received_at": _time(label.received_at),
                "actor": label.actor,
            }
            for label in labels
        ],
    }


def _transaction(one: Transaction, veil: Veil) -> dict[str, Any]:
    return {
        "id": one.pk,
        "transaction_id": one.transaction_id,
        "client": one.client.name,
        # Of what is hidden, a digest would tell whoever guesses that the guess is right.
        "digest": bytes(one.digest).hex() if veil.shown == Shown.REVEALED else None,
        "occurred_at": _time(one.occurred_at),
        "received_at": _time(one.received_at),
        "customer_id": veil.name(one.customer_id),
        "amount": _amount(one.amount),
        "currency": one.currency,
        "type": one.type,
        "counterparty_id": veil.name(one.counterparty_id),
        "country": one.country,
        "channel": one.channel,
        "device_id": veil.personal(one.device_id),
        "ip_address": veil.personal(one.ip_address),
        "latitude": veil.private(one.latitude),
        "longitude": veil.private(one.longitude),
        "metadata": {name: veil.private(value) for name, value in (one.metadata or {}).items()},
    }


def _decision(one: Transaction, veil: Veil) -> dict[str, Any]:
    shown = decision_shown(one, veil)
    assert shown is not None, "an alert's transaction has been decided"
    decision, batch = shown.decision, shown.decision.batch
    details: dict[str, Any] = next((reason["details"] for reason in decision.reasons if reason.get("details")), {})
    return {
        "id": decision.pk,
        "decided_at": _time(batch.decided_at),
        "verdict": decision.verdict,
        "score": decision.score,
        "forest_score": decision.forest_score,
        "reasons": [
            {
                "code": reason.code,
                "kind": reason.kind,
                "message": reason.message,
                "weight": reason.weight,
            }
            for reason in shown.reasons
        ],
        "parts": [
            {"name": part.name, "words": part.words, "share_percent": part.share, "raises": part.raises}
            for part in shown.parts
        ],
        "contributions": details.get("parts", {}),
        "forest_contributions": details.get("forest", {}),
        "cleared_by": shown.cleared_by,
        "ruleset_version": batch.ruleset_id,
        "model_version": batch.model_version,
        "model_sha256": batch.model_digest,
        "code_version": batch.code_version,
        "lists_revision": batch.lists_revision,
        "lists_at": _time(batch.lists_at),
        "feature_schema": batch.feature_schema_id,
        "features": [
            {"name": feature.name, "meaning": feature.meaning, "value": value, "words": feature.value}
            for feature, value in zip(shown.features, decision.features, strict=False)
        ],
    }


def _time(moment: datetime | None) -> str | None:
    """To the microsecond, as it is stored: events of one second keep their order."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _amount(amount: Decimal) -> str:
    """Exact, never in exponents.

    >>> _amount(Decimal("1200.5000")), _amount(Decimal("1E+3"))
    ('1200.5', '1000')
    """
    whole = f"{amount:f}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole
