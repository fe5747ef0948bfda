"""Lists that people keep: who or what is on them at one moment, and why. Importable without numpy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """Why a value is on a list, and until when, in microseconds since 1970; None for always."""

    reason: str = ""
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists as they stand at the moment ``at``, microseconds since 1970: values by name of the list."""

    entries: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)
    at: int = 0

    def find(self, name: str, value: str | None) -> Entry | None:
        """The entry of ``value`` on the list ``name``, if there is one that has not expired.

        >>> lists = Lists({"mules": {"anna": Entry("told by the branch", expires_at=5)}}, at=4)
        >>> lists.find("mules", "anna").reason, lists.find("mules", "ben"), lists.find("others", "anna")
        ('told by the branch', None, None)
        """
        if value is None:
            return None
        entry = self.entries.get(name, {}).get(value)
        if entry is None or (entry.expires_at is not None and entry.expires_at <= self.at):
            return None
        return entry

    def has(self, name: str) -> bool:
        """Whether anything is on the list at all."""
        return bool(self.entries.get(name))


NO_LISTS: Final = Lists()
