"""``python -m argus_worker.replay``: stored decisions executed again, and proved equal or told where they differ.

A decision's whole batch is evaluated, by the function that scores live, on what was stored: feature values, versions of
rule set and model, the lists' revision, and for windows that rules ask for the ledger as it was processed then.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from argus_engine.evaluate import Evaluated
    from argus_records.selectors.replays import Head

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "argus_worker.settings")

Row = tuple[Any, ...]

# Where what is compared stands in a row of argus_records.selectors.replays.batch_decisions.
_CLIENT, _TRANSACTION, _DECISION, _VERDICT, _SCORE, _FOREST, _REASONS, _FEATURES = range(12, 20)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was stored."""

    field: str
    stored: Any
    computed: Any


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one decision.

    ``problem``: why it could not be executed again, empty if it was; ``differences``: empty where all is the same.
    """

    transaction_id: str
    client: str
    decision: int
    code_version: str
    problem: str = ""
    differences: list[Difference] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Proved equal."""
        return not self.problem and not self.differences

    def sentence(self) -> str:
        """For people."""
        name = f"{self.transaction_id} ({self.client}, decided by {self.code_version})"
        if self.problem:
            return f"{name}: not executed again: {self.problem}"
        if not self.differences:
            return f"{name}: the same score, verdict and reasons."
        told = "; ".join(f"{one.field}: stored {one.stored!r}, now {one.computed!r}" for one in self.differences)
        return f"{name}: differs. {told}"


def replay(decisions: list[int]) -> Iterator[Replayed]:
    """Execute these decisions again, those of a batch together, in the order of their ids."""
    from argus_records.models import Decision

    by_batch: dict[int, set[int]] = {}
    for decision in sorted(decisions):
        by_batch.setdefault(decision >> Decision.BATCH_BITS, set()).add(decision)
    replayer = Replayer()
    for batch, wanted in by_batch.items():
        yield from (one for one in replayer.batch(batch) if one.decision in wanted)


class Replayer:
    """Executes whole batches; models and lists that it has read it keeps."""

    def __init__(self) -> None:
        from argus_worker.backtests.asked import Models

        self._models = Models()

    def batch(self, batch_id: int) -> list[Replayed]:
        """Every decision of a batch."""
        from argus_records.selectors import replays

        from argus_worker.backtests.source import BacktestError

        head, rows = replays.batch_head(batch_id=batch_id), replays.batch_decisions(batch_id=batch_id)
        try:
            judged = self._judged(head, rows)
        except BacktestError as error:
            return [_replayed(head, row, problem=str(error)) for row in rows]
        return [_replayed(head, row, differences=_differences(row, judged, k)) for k, row in enumerate(rows)]

    def _judged(self, head: "Head", rows: list[Row]) -> "Evaluated":
        """Raises BacktestError for what is no longer there."""
        import numpy as np
        from argus_engine.catalogue import SCHEMA_DIGEST
        from argus_engine.evaluate import evaluate
        from argus_engine.ledger import columns
        from argus_engine.reasons import ENGINE_ERROR
        from argus_engine.rules.language.checks import OWN_LISTS

        from argus_worker.backtests.asked import rules_of
        from argus_worker.backtests.lists import PastLists
        from argus_worker.backtests.source import BacktestError

        if head.feature_schema != SCHEMA_DIGEST:
            raise BacktestError(
                f"its features are those of schema {head.feature_schema}, and this code computes {SCHEMA_DIGEST}; "
                f"code version {head.code_version} can execute it."
            )
        if any(reason["code"] == ENGINE_ERROR for row in rows for reason in row[_REASONS]):
            raise BacktestError(
                "the engine had failed on it, and it was sent to a person: there is nothing to execute."
            )
        rules = rules_of(head.ruleset)
        model = self._models.get(head.model_version)
        if model is not None and model.digest != head.model_digest:
            raise BacktestError(
                f"version {head.model_version} of the model is another now: its files have the digest {model.digest}, "
                f"then {head.model_digest}."
            )
        batch = columns(rows)
        features = np.array([row[_FEATURES] for row in rows], np.float64)
        lists = PastLists({*OWN_LISTS, *rules.ruleset.list_names()}).at(head.lists_revision, head.lists_at)
        windows = _windows(batch, rules.compiled.windows, rows[0][_DECISION])
        return evaluate(batch, features, rules.compiled, model, _note(rows), windows=windows, lists=lists)


def _windows(batch: Any, windows: Any, first: int) -> Any:
    """The rules' own windows as the batch that begins with the decision ``first`` saw them."""
    from argus_engine.aggregates import Sums, measure, plan
    from argus_engine.ledger import columns
    from argus_engine.replay import Ledger
    from argus_records.selectors.replays import processed_before

    if not windows:
        return {}
    asked, past = plan(batch, windows), Ledger()
    if len(asked.after):
        rows = processed_before(customers=sorted(set(asked.customer)), decision=first, after=int(asked.after.min()))
        past.add(columns(rows))
    return measure(batch, windows, Sums.of(past.fetch(asked)))


def _note(rows: list[Row]) -> str | None:
    """Why there was no model: a fact of then, which the reason kept."""
    from argus_engine.reasons import MODEL_UNAVAILABLE

    for reason in rows[0][_REASONS]:
        if reason["code"] == MODEL_UNAVAILABLE:
            _, found, note = reason["message"].partition(", without the anomaly model: ")
            return note if found else None
    return None


def _replayed(head: "Head", row: Row, **came: Any) -> Replayed:
    return Replayed(row[_TRANSACTION], row[_CLIENT], row[_DECISION], head.code_version, **came)


def _differences(row: Row, judged: "Evaluated", k: int) -> list[Difference]:
    forest = float(judged.forest_score[k])
    reasons = orjson.loads(orjson.dumps([reason.document() for reason in judged.reasons[k]]))
    pairs: list[tuple[str, Any, Any]] = [
        ("verdict", row[_VERDICT], judged.verdict[k]),
        ("score", row[_SCORE], float(judged.score[k])),
        ("forest_score", row[_FOREST], None if forest != forest else forest),
    ]
    stored = row[_REASONS]
    codes = [[reason["code"] for reason in some] for some in (stored, reasons)]
    if codes[0] != codes[1]:
        pairs.append(("reasons", codes[0], codes[1]))
    else:
        for then, now in zip(stored, reasons, strict=True):
            names = [*dict.fromkeys([*then, *now])]
            pairs += [(f"reason {then['code']}: {name}", then.get(name), now.get(name)) for name in names]
    return [Difference(*pair) for pair in pairs if pair[1] != pair[2]]


# The command


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(
        prog="scripts/replay",
        description="Executes stored decisions again, on what they stored, and proves the same score, verdict and "
        "reasons or says exactly what differs. Changes nothing. The environment names the database (DATABASE_URL) and "
        "the model registry (MLFLOW_TRACKING_URI), as for a worker. Status 0 only if all are the same.",
    )
    made.add_argument("transaction_id", nargs="?", help="the client's id of a transaction")
    made.add_argument("--client", metavar="NAME", help="whose, where several clients have that id")
    made.add_argument("--random", type=int, metavar="N", help="N decisions drawn at random instead")
    made.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Status 0 if all are the same, 1 if something differs or could not be executed, 2 if there is nothing to do."""
    options = parser().parse_args(argv)
    if (options.transaction_id is None) == (options.random is None) or (
        options.random is not None and options.random < 1
    ):
        parser().error("name a transaction_id, or --random N of at least 1")
    import django

    django.setup()
    chosen = _chosen(options)
    if isinstance(chosen, str):
        sys.stderr.write(f"{chosen}\n")
        return 2
    results = []
    for one in replay(chosen):
        results.append(one)
        if options.random is None or not one.same:
            sys.stdout.write(f"{one.sentence()}\n")
    same = sum(one.same for one in results)
    if options.random is not None:
        sys.stdout.write(f"{same:,} of {len(results):,} decisions are the same.\n")
    if options.json:
        document = {"decisions": len(results), "same": same, "results": [one for one in results if not one.same]}
        sys.stdout.write(orjson.dumps(document).decode() + "\n")
    return 0 if results and same == len(results) else 1


_NOBODY: Final = "There is no transaction {0}{1}."


def _chosen(options: argparse.Namespace) -> list[int] | str:
    """The decisions to execute, or a sentence why there are none."""
    from argus_records.selectors import replays

    if options.random is not None:
        return replays.decisions_drawn(count=options.random) or "Nothing has been decided yet."
    found = replays.decisions_on(transaction_id=options.transaction_id, client=options.client)
    if not found:
        return _NOBODY.format(options.transaction_id, f" of {options.client}" if options.client else "")
    if len(found) > 1:
        names = ", ".join(name for _, name in found)
        return f"Several clients have a transaction {options.transaction_id}: say --client, one of {names}."
    decision, name = found[0]
    return f"The transaction {options.transaction_id} of {name} is not decided yet." if decision is None else [decision]


if __name__ == "__main__":
    sys.exit(main())
