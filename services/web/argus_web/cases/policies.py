"""When an action on a case is allowed to somebody who may decide at all; who may is asked in accounts.permissions."""

from argus_records.models import Case, CaseState
from argus_records.services.cases.moves import case_moves

# These are done by granting, refusing and withdrawing a proposal, by time, or with a proposal of their own.
_ELSEWHERE = frozenset({"grant", "refuse", "withdraw", "wake", "undo"})
_SUPERVISED = frozenset({"close", "propose", "begin", "wait", "assign", "merge"})


def actions(case: Case, *, actor: str, supervises: bool) -> list[str]:
    """What somebody may do with a case now, in the order of the table.

    What another holds is theirs; supervisors hand it on or take it over. What is escalated is decided by supervisors.
    """
    possible = [action for action in case_moves(case.state) if action not in _ELSEWHERE]
    if supervises:
        return possible
    if case.state == CaseState.ESCALATED:
        return [action for action in possible if action not in _SUPERVISED]
    if case.assignee not in {None, actor} and case.state != CaseState.CLOSED:
        return []
    return possible


def why_not(case: Case, *, actor: str, supervises: bool) -> str:
    """Why there is nothing to do for somebody who decides on cases: held, escalated or pending; empty if there is."""
    if actions(case, actor=actor, supervises=supervises):
        return ""
    return "held" if case.assignee not in {None, actor} else str(case.state)
