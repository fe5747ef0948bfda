"""One backtest from the ledger to its result: the same function for jobs and for the foreground."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from argus_engine.backtest import FRAUD, GENUINE, UNKNOWN, Backtest, Then
from argus_engine.catalogue import SCHEMA_DIGEST
from argus_engine.evaluate import VERDICTS, decide
from argus_engine.rules.language.checks import OWN_LISTS
from argus_records.selectors import period

from argus_worker import rulesets
from argus_worker.backtests.asked import Asked, Models, rules_of
from argus_worker.backtests.lists import PastLists
from argus_worker.backtests.source import BacktestError, Chunk, Period

_STRENGTH: Final = {verdict: place for place, verdict in enumerate(VERDICTS)}
_LABELS: Final = {"fraud": FRAUD, "genuine": GENUINE}

# Gets how many of how many transactions are counted, after each chunk; what it raises ends the run.
Progress = Callable[[int, int], None]


def replay(asked: Asked, progress: Progress) -> dict[str, Any]:
    """The result: see :meth:`argus_engine.backtest.Backtest.result`, and ``note``, a sentence or None.

    Raises BacktestError, and whatever ``progress`` raises.
    """
    by = datetime.now(UTC)
    spell = Period(asked.first_day, asked.last_day)
    progress(0, spell.total)
    involved = {version: rules_of(version) for version in _versions(asked, spell)}
    names = set(OWN_LISTS).union(*(version.ruleset.list_names() for version in involved.values()))
    deciding = _Deciding(asked, involved, PastLists(names), Models())
    if asked.ruleset is not None:
        # A model that cannot be had is told of before anything is read.
        deciding.models.get(asked.chosen(asked.ruleset, None)[1])
    chunks, note = _chunks(asked, spell, involved)
    tally = Backtest()
    for chunk in chunks:
        if chunk is not None:
            _count(tally, chunk, deciding, by)
        progress(tally.seen, spell.total)
    if tally.seen != spell.total:
        raise BacktestError(f"{tally.seen:,} of {spell.total:,} transactions were found again; nothing is concluded.")
    return tally.result(minutes_per_alert=asked.minutes_per_alert) | {"note": note}


@dataclass(frozen=True, slots=True)
class _Deciding:
    asked: Asked
    rules: dict[int, rulesets.Version]
    lists: PastLists
    models: Models


def _versions(asked: Asked, spell: Period) -> set[int]:
    return {version for version, _ in spell.kinds()} if asked.ruleset is None else {asked.ruleset}


def _chunks(
    asked: Asked, spell: Period, involved: dict[int, rulesets.Version]
) -> tuple[Iterator[Chunk | None], str | None]:
    """The period's transactions, and what is to be said of where their features come from."""
    windows = frozenset[Any]().union(*(version.compiled.windows for version in involved.values()))
    kinds = spell.kinds()
    foreign = any(schema != SCHEMA_DIGEST for _, schema in kinds)
    if asked.ruleset is None:
        if foreign:
            raise BacktestError(
                "Features were defined otherwise then, so the rule sets of then cannot be asked again; name a version."
            )
        return spell.stored(windows), None
    config = involved[asked.ruleset].compiled.feature_config
    other = any(rules_of(version).compiled.feature_config != config for version, _ in kinds)
    if not foreign and not other:
        return spell.stored(windows), None
    why = "Features were defined otherwise then" if foreign else "The reporting amounts differ from those of then"
    note = f"{why}, so they were computed again from the beginning of the ledger, with what was known then."
    return spell.replayed(config, windows), note


def _count(tally: Backtest, chunk: Chunk, deciding: _Deciding, by: datetime) -> None:
    """Decide a chunk anew, those together that are decided by the same."""
    rows = chunk.rows
    known = period.labels_of(ids=chunk.batch.ids.tolist(), by=by)
    then = Then(
        np.array([_STRENGTH[row[13]] for row in rows], np.int8),
        np.array([row[14] for row in rows], np.float64),
        np.array([_LABELS.get(known.get(row[0], ""), UNKNOWN) for row in rows], np.int8),
    )
    groups: dict[tuple[Any, ...], list[int]] = {}
    stretches: dict[tuple[Any, ...], int] = {}
    for place, row in enumerate(rows):
        looked = row[17:19]
        stretch = stretches.get(looked)
        if stretch is None:
            stretch = stretches[looked] = deciding.lists.stretch(*looked)
        groups.setdefault((*deciding.asked.chosen(row[15], row[16]), row[17], stretch), []).append(place)
    for (ruleset, model, revision, _), places in groups.items():
        whole = len(places) == len(rows)
        batch = chunk.batch if whole else chunk.batch.take(places)
        now = decide(
            batch,
            chunk.features if whole else chunk.features[places],
            deciding.rules[ruleset].compiled,
            deciding.models.get(model),
            windows={window: column[places] for window, column in chunk.windows.items()},
            lists=deciding.lists.at(revision, rows[places[0]][18]),
        )
        tally.add(batch, Then(then.strength[places], then.score[places], then.label[places]), now)
