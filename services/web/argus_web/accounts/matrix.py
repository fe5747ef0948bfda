"""The table of permissions as a page and the docs show it: what, by role."""

from dataclasses import dataclass

from argus_web.accounts.roles import PERMISSIONS, Role


@dataclass(frozen=True, slots=True)
class Line:
    """One permission; ``cells`` are in the order of Role."""

    words: str
    cells: list[bool]


def matrix() -> list[tuple[str, list[Line]]]:
    """The permissions by what they are about, in the table's order."""
    parts: dict[str, list[Line]] = {}
    for right in PERMISSIONS.values():
        line = Line(str(right.words), [role in right.roles for role in Role])
        parts.setdefault(str(right.about), []).append(line)
    return list(parts.items())


def markdown() -> str:
    """The same as a table for the docs.

    >>> print(markdown().splitlines()[0])
    | | officer | supervisor | data scientist | auditor | ops | administrator |
    """
    head = "| | " + " | ".join(role.words for role in Role) + " |"
    rows = [head, "|---" * (len(Role) + 1) + "|"]
    for _, lines in matrix():
        rows += [f"| {line.words} |" + "".join(" yes |" if cell else " |" for cell in line.cells) for line in lines]
    return "\n".join(rows) + "\n"
