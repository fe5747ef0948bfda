"""That somebody made a file of a case stands in the audit log."""

from argus_records.models import Case
from argus_records.selectors.case_files import FILE_MADE, case_record
from argus_records.services.audit import audit_record
from django.db import transaction

from argus_web.accounts.veil import Shown
from argus_web.reports.casefile.document import CaseFile, case_file


@transaction.atomic
def case_file_make(*, case_id: int, shown: Shown, kind: str, actor: str) -> CaseFile:
    """The file of a case, all of one moment, and the event that says who has it. Raises Case.DoesNotExist.

    ``kind``: as what it leaves, "json" or "pdf". The event holds its digest: whoever is shown a file can ask the log
    whether it was made here.
    """
    # Every change of a case locks its row first: while it is read here, nothing moves.
    case = Case.objects.select_for_update(of=("self",), no_key=True).get(pk=case_id)
    made = case_file(case_record(case=case), shown)
    audit_record(
        actor=actor,
        action=FILE_MADE,
        object_type="case",
        object_id=case.pk,
        after={"kind": kind, "personal_data": str(shown), "sha256": made.sha256, "version": case.version},
    )
    return made
