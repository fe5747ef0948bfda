"""Evidence: what is taken, what is refused, and that it stays as it was."""

import hashlib

import pytest
import records_factories as make
from argus_records.models import AuditEvent, CaseEvidence
from argus_records.services.cases.evidence import SIZE_AT_MOST, evidence_add
from argus_records.services.cases.moves import CaseError

PDF = b"%PDF-1.7 letter"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("letter.PDF", PDF, "application/pdf"),
        ("shot.png", b"\x89PNG\r\n\x1a\n...", "image/png"),
        ("notes.txt", "Überweisung".encode(), "text/plain"),
        ("../../etc/rows.csv", b"a,b\n1,2\n", "text/csv"),
    ],
)
def test_taken_with_its_hash(name: str, content: bytes, media_type: str) -> None:
    case = make.case()
    evidence_add(case_id=case.pk, name=name, content=content, actor="user:amara")
    kept = CaseEvidence.objects.get()
    assert (kept.media_type, bytes(kept.content), kept.size) == (media_type, content, len(content))
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert "/" not in kept.name
    event = AuditEvent.objects.get(action="case.evidence_added")
    assert event.after is not None
    assert event.after["sha256"] == kept.sha256
    with pytest.raises(CaseError, match="already"):
        evidence_add(case_id=case.pk, name="again.txt" if name == "notes.txt" else name, content=content, actor="a")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("run.exe", b"MZ", "not taken"),
        ("page.html", b"<script>", "not taken"),
        ("picture.svg", b"<svg/>", "not taken"),
        ("noending", b"x", "not taken"),
        ("letter.pdf", b"MZ not a letter", "not what its name says"),
        ("empty.pdf", b"", "empty"),
        ("large.txt", b"x" * (SIZE_AT_MOST + 1), "larger than 10 MiB"),
        ("latin.txt", b"\xfc", "UTF-8"),
        ("zero.txt", b"a\0b", "not text"),
    ],
)
def test_refused(name: str, content: bytes, why: str) -> None:
    case = make.case()
    with pytest.raises(CaseError, match=why):
        evidence_add(case_id=case.pk, name=name, content=content, actor="user:amara")
    assert not CaseEvidence.objects.exists()
