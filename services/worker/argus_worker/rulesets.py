"""The rule sets in effect, compiled once per version, and the lists as they are."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import structlog
from argus_engine.evaluate import CompiledRuleSet
from argus_engine.managed import NO_LISTS, Entry, Lists
from argus_engine.rules.language.checks import OWN_LISTS
from argus_engine.rules.language.windows import Window
from argus_engine.ruleset import RuleSet
from argus_records.models import RuleSetVersion
from argus_records.selectors import rulesets as selectors

log = structlog.get_logger(__name__)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the rule set, ready to evaluate."""

    version: int
    ruleset: RuleSet
    compiled: CompiledRuleSet


@dataclass(frozen=True, slots=True)
class InForce:
    """What decides, what only watches, and the lists that both read."""

    version: int
    ruleset: RuleSet
    compiled: CompiledRuleSet
    lists_revision: int
    at: datetime
    shadow: Version | None = None
    lists: Lists = field(default=NO_LISTS)

    @property
    def windows(self) -> frozenset[Window]:
        """The windows that any of them asks for."""
        return self.compiled.windows | (self.shadow.compiled.windows if self.shadow else frozenset())


@lru_cache(maxsize=8)
def load(version: int) -> Version:
    """Parse and compile one saved version; documents never change, so once is enough."""
    ruleset = RuleSet.parse(RuleSetVersion.objects.get(version=version).document)
    return Version(version, ruleset, CompiledRuleSet(ruleset))


def in_force() -> InForce:
    """The live version and the one in shadow, as of now: a switch takes effect with the next batch."""
    found = selectors.in_effect()
    live = load(found.live)
    shadow = _shadow(found.shadow, live)
    wanted = {*OWN_LISTS, *live.ruleset.list_names(), *(shadow.ruleset.list_names() if shadow else ())}
    entries = _lists(tuple(sorted(wanted)), found.lists_revision, found.at)
    micros = (found.at - _EPOCH) // timedelta(microseconds=1)
    return InForce(
        live.version, live.ruleset, live.compiled, found.lists_revision, found.at, shadow, Lists(entries, micros)
    )


def _shadow(version: int | None, live: Version) -> Version | None:
    """The version in shadow, unless it cannot be read or reads other features: it must never cost a decision."""
    if version is None:
        return None
    try:
        shadow = load(version)
    except Exception:
        log.exception("rule set in shadow cannot be read", version=version)
        return None
    return shadow if shadow.compiled.feature_config == live.compiled.feature_config else None


_kept: tuple[tuple[tuple[str, ...], int], dict[str, dict[str, Entry]]] | None = None


def _lists(names: tuple[str, ...], revision: int, at: datetime) -> dict[str, dict[str, Entry]]:
    """The entries, read again when a revision or a rule set is new. Expiry is looked at with each decision."""
    global _kept
    key = (names, revision)
    if _kept is None or _kept[0] != key:
        entries: dict[str, dict[str, Entry]] = {}
        for name, value, reason, expires_at in selectors.list_entries(names=list(names), revision=revision, at=at):
            entries.setdefault(name, {})[value] = Entry(reason, expires_at)
        _kept = (key, entries)
    return _kept[1]
