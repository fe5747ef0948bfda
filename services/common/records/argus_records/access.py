"""What the application's database role may do with each table: a table that every model must have its line in.

Web, worker and trainer need no more than this. What is append-only is refused to their role by privilege, before the
triggers of the migrations, which bind the owner of the tables too, would refuse it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Access:
    """Privileges on a whole table, and the ``columns`` that alone may be updated."""

    privileges: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    # Held by triggers too: see the migrations.
    append_only: bool = False

    def allows(self, privilege: str, column: str | None = None) -> bool:
        """Whether ``privilege`` is among them, on the table or on this column."""
        return privilege in self.privileges or (privilege == "UPDATE" and column in self.columns)


def _access(*privileges: str, update: tuple[str, ...] = (), append_only: bool = False) -> Access:
    return Access(frozenset(privileges), frozenset(update), append_only)


NOTHING: Final = Access()
_READ: Final = _access("SELECT")
_ADD: Final = _access("SELECT", "INSERT")
_LEDGER: Final = _access("SELECT", "INSERT", append_only=True)

_BACKTEST: Final = (
    "state", "attempt", "started_at", "heartbeat_at", "finished_at", "done", "total", "error", "result",
)  # fmt: skip
_DECIDED: Final = ("state", "decided_by", "decided_at", "answer")
_CASE: Final = (
    "state", "version", "priority", "latest_at", "due_at", "breached_at", "assignee", "wait_until", "alerts_count",
    "score", "blocked", "amount", "currency", "headline", "disposition", "closed_at", "closed_by", "labelled_at",
    "merged_into_id",
)  # fmt: skip
# SELECT ... FOR UPDATE needs UPDATE on one column.
ACCESS: Final[Mapping[str, Access]] = MappingProxyType(
    {
        "alert": _access("SELECT", "INSERT", update=("case_id", "status", "decided_at", "decided_by")),
        "alert_case": _access("SELECT", "INSERT", update=_CASE),
        "api_client": _ADD,
        "api_key": _access("SELECT", "INSERT", update=("revoked_at",)),
        "approval": _access(
            "SELECT", "INSERT", update=("state", "decided_by", "decided_at", "answer"), append_only=True
        ),
        "audit_event": _LEDGER,
        "backtest_run": _access("SELECT", "INSERT", update=_BACKTEST),
        "case_evidence": _LEDGER,
        "case_notice": _access("SELECT", "INSERT", update=("read_at",)),
        "case_watch": _access("SELECT", "INSERT", "DELETE"),
        "counterparty_link": _ADD,
        "customer_profile": _access("SELECT", "INSERT", update=("state",)),
        "decision": _LEDGER,
        "decision_batch": _access("SELECT", "INSERT", update=("position",), append_only=True),
        "desk_setting": _access("SELECT", "INSERT", update=("value", "changed_at")),
        "device_link": _ADD,
        "feature_schema": _LEDGER,
        "invitation": _access("SELECT", "INSERT", update=("accepted_at", "revoked_at", "revoked_by")),
        "label": _LEDGER,
        "list_entry": _access(
            "SELECT",
            "INSERT",
            update=("removed_at", "removed_by", "removed_why", "removed_revision"),
            append_only=True,
        ),
        "list_revision": _access("SELECT", "INSERT", update=("revision",)),
        "managed_list": _LEDGER,
        "memory_mark": _access("SELECT", "INSERT", update=("position", "label")),
        "password_link": _access("SELECT", "INSERT", update=("used_at", "void_at")),
        "pending": _access("SELECT", "INSERT", "DELETE"),
        "rollup_mark": _access("SELECT", "INSERT", update=("position", "scores", "label")),
        "rule_hour": _access("SELECT", "INSERT", update=("hits", "fraud", "genuine")),
        "rule_tally": _access("SELECT", "INSERT", update=("hits", "errors")),
        "ruleset_version": _access("SELECT", "INSERT", update=("state",), append_only=True),
        "saved_view": _access("SELECT", "INSERT", "UPDATE", "DELETE"),
        "score_hour": _access("SELECT", "INSERT", update=("decisions",)),
        "shadow_batch": _LEDGER,
        "shadow_decision": _LEDGER,
        "shared_state": _access("SELECT", "INSERT", update=("state",)),
        "transaction": _LEDGER,
        "volume_hour": _access("SELECT", "INSERT", update=("decisions", "amount", "fraud", "fraud_amount", "genuine")),
        # Django's own. Accounts are closed, never deleted: the ledger names them.
        "auth_group": _READ,
        "auth_group_permissions": _READ,
        "auth_permission": _READ,
        "auth_user": _access("SELECT", "INSERT", "UPDATE"),
        "auth_user_groups": _access("SELECT", "INSERT", "DELETE"),
        "auth_user_user_permissions": _READ,
        "django_content_type": _READ,
        "django_migrations": _READ,
        "django_session": _access("SELECT", "INSERT", "UPDATE", "DELETE"),
    }
)
