"""Reads docs/metrics.md: what is emitted, and what of others is relied on."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
TABLE: Final = ROOT / "docs" / "metrics.md"


@dataclass(frozen=True, slots=True)
class Documented:
    """One metric as the table has it."""

    name: str
    type: str
    labels: frozenset[str]
    services: frozenset[str]


def _rows(heading: str, columns: int) -> list[list[str]]:
    section = TABLE.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:3] == "| `"]
    for row in rows:
        assert len(row) == columns, row
        assert all(row[0:2]), row
        assert row[-1], f"{row[0]} has no meaning"
    return rows


def _words(cell: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", cell))


@cache
def documented() -> dict[str, Documented]:
    """What Argus emits, by name."""
    rows = _rows("What Argus emits", 5)
    found = {row[0].strip("`"): Documented(row[0].strip("`"), row[1], _words(row[2]), _words(row[3])) for row in rows}
    assert len(found) == len(rows), "a metric stands twice"
    return found


@cache
def others() -> frozenset[str]:
    """What others emit and Argus's rules and dashboard read."""
    return frozenset(row[0].strip("`") for row in _rows("What else the rules and the Grafana dashboard read", 3))


def base(name: str) -> str:
    """The metric that a series belongs to: a histogram's series carry suffixes.

    >>> base("argus_batch_seconds_bucket")
    'argus_batch_seconds'
    """
    stem = re.sub("_(bucket|sum|count)$", "", name)
    known = documented().get(stem)
    return stem if known is not None and known.type == "histogram" else name
