"""The table of moves as a diagram, for the docs."""

from argus_records.models import CaseState
from argus_records.services.cases.moves import MOVES


def moves_diagram() -> str:
    """MOVES as a state diagram of Mermaid: one arrow for each pair of states, with all that leads along it.

    >>> print("\\n".join(moves_diagram().splitlines()[:3]))
    stateDiagram-v2
        [*] --> new
        new --> assigned: assign
    """
    lines = ["stateDiagram-v2", f"    [*] --> {CaseState.NEW}"]
    for state, moves in MOVES.items():
        along: dict[CaseState, list[str]] = {}
        for action, target in moves.items():
            along.setdefault(target, []).append(action)
        lines += [f"    {state} --> {target}: {', '.join(actions)}" for target, actions in along.items()]
    return "\n".join(lines)
