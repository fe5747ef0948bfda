"""Files as evidence: checked, kept with their hash, never changed."""

import hashlib
import re
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from argus_records.models import CaseEvidence
from argus_records.services.audit import audit_record
from argus_records.services.cases.moves import CaseError, locked

SIZE_AT_MOST: Final = 10 * 2**20
FILES_AT_MOST: Final = 100
# By the ending of its name: its media type, and the bytes that such a file begins with. Text has none, but is UTF-8.
# Nothing that a browser would run is among them.
TYPES: Final = MappingProxyType(
    {
        "pdf": ("application/pdf", b"%PDF-"),
        "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
        "jpg": ("image/jpeg", b"\xff\xd8\xff"),
        "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
        "txt": ("text/plain", b""),
        "csv": ("text/csv", b""),
        "eml": ("message/rfc822", b""),
        "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
        "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    }
)


@transaction.atomic
def evidence_add(*, case_id: int, name: str, content: bytes, actor: str) -> CaseEvidence:
    """Put a file to a case. The same file again is refused.

    Raises Case.DoesNotExist, and CaseError for a type, size or content that is not taken.
    """
    name = re.sub(r"[^\w.() \-]", "_", name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1]).strip()[-200:] or "file"
    media_type = _checked(name, content)
    case = locked(case_id, None)
    digest = hashlib.sha256(content).hexdigest()
    if case.evidence.filter(sha256=digest).exists():
        raise CaseError(_("%s is with this case already.") % name, "file")
    if case.evidence.count() >= FILES_AT_MOST:
        raise CaseError(_("A case takes %s files at most.") % FILES_AT_MOST, "file")
    added = CaseEvidence.objects.create(
        case=case, name=name, media_type=media_type, size=len(content), sha256=digest, content=content, actor=actor
    )
    audit_record(
        actor=actor,
        action="case.evidence_added",
        object_type="case",
        object_id=case.pk,
        after={"evidence": added.pk, "name": name, "size": len(content), "sha256": digest},
    )
    return added


def _checked(name: str, content: bytes) -> str:
    known = TYPES.get(name.rpartition(".")[2].lower() if "." in name else "")
    if known is None:
        raise CaseError(
            _("%(name)s is of a type that is not taken: %(types)s are.") % {"name": name, "types": ", ".join(TYPES)},
            "file",
        )
    media_type, begins = known
    if not content:
        raise CaseError(_("%s is empty.") % name, "file")
    if len(content) > SIZE_AT_MOST:
        raise CaseError(
            _("%(name)s is larger than %(size)s MiB.") % {"name": name, "size": SIZE_AT_MOST // 2**20}, "file"
        )
    if begins and not content.startswith(begins):
        raise CaseError(
            _("%(name)s is not what its name says: no %(type)s begins so.") % {"name": name, "type": media_type}, "file"
        )
    if not begins:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise CaseError(_("%s is not text in UTF-8.") % name, "file") from error
        if "\0" in text:
            raise CaseError(_("%s is not text.") % name, "file")
    return media_type
