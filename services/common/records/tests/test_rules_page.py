"""The diagram of docs/rules.md is the table of moves."""

import re
from pathlib import Path

from argus_records.services.rulesets import MOVES

PAGE = (Path(__file__).parents[4] / "docs" / "rules.md").read_text()


def test_the_diagram_is_the_table() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+)", PAGE, re.MULTILINE))
    # What is live moves on by itself when another takes its place.
    table = {(str(state), str(target)) for state, moves in MOVES.items() for target in moves.values()}
    assert drawn == table | {("live", "retired")}
