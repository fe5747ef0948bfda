"""What docs/desk.md says of cases is what the services do."""

import re
from pathlib import Path

import pytest
from argus_records.models import Approval
from argus_records.services.cases.closing import LABELS, UNDO
from argus_records.services.cases.diagram import moves_diagram
from argus_records.services.cases.moves import MOVES
from argus_records.services.cases.priority import FROM, Level, priority
from django.conf import settings

DOCS = Path(__file__).parents[4] / "docs"
PAGE = (DOCS / "desk.md").read_text()


def test_the_diagram_is_drawn_from_the_table() -> None:
    drawn = re.search(r"```mermaid\n(.*?)\n```", PAGE, re.DOTALL)
    assert drawn is not None
    assert drawn[1] == moves_diagram()


def test_the_diagram_has_every_move() -> None:
    found = re.findall(r"^    (\w+) --> (\w+): (.+)$", moves_diagram(), re.MULTILINE)
    arrows = {(state, action, target) for state, target, actions in found for action in actions.split(", ")}
    table = {(str(state), action, str(target)) for state, moves in MOVES.items() for action, target in moves.items()}
    assert arrows == table


def test_levels_and_deadlines_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (\d+) to (\d+) \| (\w+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert {level: int(least) for least, _, level, _ in rows} == FROM
    assert {level: int(hours) for *_, level, hours in rows} == settings.CASE_DUE_HOURS
    assert [level for *_, level, _ in rows] == list(Level)


@pytest.mark.parametrize(("score", "blocked", "alerts"), [(0, False, 1), (0.5, True, 1), (0.9, False, 3), (1, True, 9)])
def test_the_formula_is_what_is_counted(score: float, blocked: bool, alerts: int) -> None:
    formula = re.search(r"^points = (.+)$", PAGE, re.MULTILINE)
    assert formula is not None
    words = formula[1].replace("×", "*").replace("−", "-").replace("if any verdict is block", "if blocked else 0")
    said = eval(words, {"min": min, "round": round}, {"score": score, "blocked": blocked, "alerts": alerts})
    assert said == priority(score=score, blocked=blocked, alerts=alerts)


def test_labels_undo_and_the_constraint_are_named_as_they_are() -> None:
    rows = dict(re.findall(r"^\| ([a-z, ]+) \| (?:blocked|approved) \| (\w+) \|$", PAGE, re.MULTILINE))
    assert rows == {str(one.label): str(label) for one, label in LABELS.items()} | {"no action": "none"}
    assert UNDO.total_seconds() == 30
    assert "thirty seconds" in PAGE
    named = re.findall(r"`(approval_\w+)`", PAGE)
    assert set(named) <= {constraint.name for constraint in Approval._meta.constraints}
    assert named


def test_every_picture_is_there_and_small() -> None:
    named = re.findall(r"!\[[^\]]+\]\((images/desk/[\w-]+\.png)\)", PAGE)
    assert len(named) == len(set(named)) > 15
    assert {f"images/desk/{path.name}" for path in (DOCS / "images" / "desk").glob("*.png")} == set(named)
    assert all((DOCS / name).stat().st_size < 150_000 for name in named)
