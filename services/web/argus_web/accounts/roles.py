"""Roles and doors as tables: who there is, and who passes which door. Imports nothing of Django's models."""

from collections.abc import Mapping
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
        Role.OFFICER: _("works alerts: reads, approves, blocks, escalates"),
        Role.SUPERVISOR: _("works alerts, the escalated ones above all; puts rules live and keeps the lists"),
        Role.DATA_SCIENTIST: _("compares and promotes models in MLflow; drafts rules; reads the dashboard"),
        Role.AUDITOR: _("reads everything and changes nothing, whatever other roles the account has"),
        Role.OPS: _("watches queue and metrics; reads the dashboard"),
        Role.ADMINISTRATOR: _("works alerts, puts rules live, passes every door"),
    }
)


@dataclass(frozen=True, slots=True)
class Door:
    """A program beside the dashboard that the reverse proxy serves under ``/<name>/`` to those who may pass."""

    name: str
    label: str | Promise
    roles: frozenset[Role]

    @property
    def path(self) -> str:
        """Where the proxy serves it."""
        return f"/{self.name}/"


_OPERATORS: Final = frozenset({Role.OPS, Role.ADMINISTRATOR})
DOORS: Final[Mapping[str, Door]] = MappingProxyType(
    {
        door.name: door
        for door in (
            Door("mlflow", _("Models"), frozenset({Role.DATA_SCIENTIST, Role.ADMINISTRATOR})),
            Door("flower", _("Queue"), _OPERATORS),
            Door("prometheus", "Prometheus", _OPERATORS),
            Door("alertmanager", "Alertmanager", _OPERATORS),
            Door("grafana", "Grafana", _OPERATORS),
        )
    }
)
DECIDING: Final = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR})
DRAFTING: Final = frozenset({Role.SUPERVISOR, Role.DATA_SCIENTIST, Role.ADMINISTRATOR})
RELEASING: Final = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
