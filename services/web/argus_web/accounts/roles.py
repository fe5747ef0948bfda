"""Roles, what each may, and doors, as tables: who there is, and who may what. Imports nothing of Django's models."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    """What an account is for. Kept as a Django group of the same name; an account may have several."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    DATA_SCIENTIST = "data_scientist"
    AUDITOR = "auditor"
    OPS = "ops"
    ADMINISTRATOR = "administrator"

    @property
    def words(self) -> str:
        """The name as people read it."""
        return str(_WORDS[self])

    @property
    def says(self) -> str:
        """What it is for, in a line."""
        return str(DESCRIPTIONS[self])


_WORDS: Final[Mapping[Role, Promise]] = MappingProxyType(
    {
        Role.OFFICER: _("officer"),
        Role.SUPERVISOR: _("supervisor"),
        Role.DATA_SCIENTIST: _("data scientist"),
        Role.AUDITOR: _("auditor"),
        Role.OPS: _("ops"),
        Role.ADMINISTRATOR: _("administrator"),
    }
)
DESCRIPTIONS: Final[Mapping[Role, Promise]] = MappingProxyType(
    {
        Role.OFFICER: _("works on cases: takes the most urgent, decides, waits, escalates"),
        Role.SUPERVISOR: _("decides on escalated cases, agrees to what others propose, proposes rules and lists"),
        Role.DATA_SCIENTIST: _("compares and promotes models in MLflow; drafts rules; reads the dashboard"),
        Role.AUDITOR: _("reads everything and changes nothing, whatever other roles the account has"),
        Role.OPS: _("watches queue and metrics; reads the dashboard"),
        Role.ADMINISTRATOR: _("does what supervisors do, manages people, passes every door"),
    }
)


class Permission(StrEnum):
    """What not every account may. Whatever is not among them (reading alerts, say) every account may."""

    DECIDE_ALERTS = "decide_alerts"
    SUPERVISE = "supervise"
    SEE_NAMES = "see_names"
    READ_REPORTS = "read_reports"
    DRAFT_RULES = "draft_rules"
    RELEASE_RULES = "release_rules"
    READ_AUDIT = "read_audit"
    READ_PEOPLE = "read_people"
    MANAGE_PEOPLE = "manage_people"
    PASS_MLFLOW = "pass_mlflow"  # noqa: S105
    PASS_FLOWER = "pass_flower"  # noqa: S105
    PASS_PROMETHEUS = "pass_prometheus"  # noqa: S105
    PASS_ALERTMANAGER = "pass_alertmanager"  # noqa: S105
    PASS_GRAFANA = "pass_grafana"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Right:
    """Who has a permission. What ``changes`` something is no auditor's, whatever other roles the account has."""

    about: Promise
    words: Promise
    roles: frozenset[Role]
    changes: bool = True


_OPERATORS: Final = frozenset({Role.OPS, Role.ADMINISTRATOR})
_ALERTS, _RULES, _PEOPLE, _DOORS = (
    _("Alerts and cases"),
    _("Rules"),
    _("People and the audit log"),
    _("Programs beside"),
)

# The one place that says who may what: permissions.py asks it, the page of roles shows it.
PERMISSIONS: Final[Mapping[Permission, Right]] = MappingProxyType(
    {
        Permission.DECIDE_ALERTS: Right(
            _ALERTS,
            _("work on cases: take, close, wait, escalate, note, add evidence"),
            frozenset({Role.OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR}),
        ),
        Permission.SUPERVISE: Right(
            _ALERTS,
            _("decide on escalated cases, act on cases that others hold, agree to what others propose"),
            frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
        ),
        Permission.SEE_NAMES: Right(
            _ALERTS,
            _("see customers and counterparties by their ids, have personal data revealed"),
            frozenset({Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR}),
            changes=False,
        ),
        Permission.READ_REPORTS: Right(
            _ALERTS,
            _("read the reports of months"),
            frozenset({Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR}),
            changes=False,
        ),
        Permission.DRAFT_RULES: Right(
            _RULES,
            _("save rules as drafts, let them watch in shadow, ask for backtests"),
            frozenset({Role.SUPERVISOR, Role.DATA_SCIENTIST, Role.ADMINISTRATOR}),
        ),
        Permission.RELEASE_RULES: Right(
            _RULES,
            _("propose rules to be put in force and changes of the lists"),
            frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
        ),
        Permission.READ_AUDIT: Right(
            _PEOPLE,
            _("read the audit log and take it away as a file"),
            frozenset({Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR}),
            changes=False,
        ),
        Permission.READ_PEOPLE: Right(
            _PEOPLE,
            _("see who has an account, and open invitations"),
            frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
            changes=False,
        ),
        Permission.MANAGE_PEOPLE: Right(
            _PEOPLE,
            _("invite, give and take roles, close and reopen accounts, sign others out, make links for new passwords"),
            frozenset({Role.ADMINISTRATOR}),
        ),
        Permission.PASS_MLFLOW: Right(
            _DOORS, _("models, in MLflow"), frozenset({Role.DATA_SCIENTIST, Role.ADMINISTRATOR})
        ),
        Permission.PASS_FLOWER: Right(_DOORS, _("the queue, in Flower"), _OPERATORS, changes=False),
        Permission.PASS_PROMETHEUS: Right(_DOORS, _("metrics, in Prometheus"), _OPERATORS, changes=False),
        Permission.PASS_ALERTMANAGER: Right(_DOORS, _("who is paged, in Alertmanager"), _OPERATORS),
        Permission.PASS_GRAFANA: Right(_DOORS, _("dashboards, in Grafana"), _OPERATORS, changes=False),
    }
)


def granted(held: Collection[Role]) -> frozenset[Permission]:
    """What an account with these roles may.

    >>> sorted(map(str, granted([Role.OPS])))
    ['pass_alertmanager', 'pass_flower', 'pass_grafana', 'pass_prometheus']
    >>> sorted(map(str, granted([Role.OFFICER, Role.AUDITOR])))
    ['read_audit', 'read_people', 'read_reports', 'see_names']
    """
    auditor = Role.AUDITOR in held
    return frozenset(
        permission
        for permission, right in PERMISSIONS.items()
        if right.roles.intersection(held) and not (auditor and right.changes)
    )


@dataclass(frozen=True, slots=True)
class Door:
    """A program beside the dashboard that the reverse proxy serves under ``/<name>/`` to those who may pass."""

    name: str
    label: str | Promise
    permission: Permission

    @property
    def path(self) -> str:
        """Where the proxy serves it."""
        return f"/{self.name}/"

    @property
    def roles(self) -> frozenset[Role]:
        """Any of these passes."""
        return PERMISSIONS[self.permission].roles


DOORS: Final[Mapping[str, Door]] = MappingProxyType(
    {
        door.name: door
        for door in (
            Door("mlflow", _("Models"), Permission.PASS_MLFLOW),
            Door("flower", _("Queue"), Permission.PASS_FLOWER),
            Door("prometheus", "Prometheus", Permission.PASS_PROMETHEUS),
            Door("alertmanager", "Alertmanager", Permission.PASS_ALERTMANAGER),
            Door("grafana", "Grafana", Permission.PASS_GRAFANA),
        )
    }
)
