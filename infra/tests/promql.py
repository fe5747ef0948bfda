"""Enough of PromQL's grammar to tell which metrics an expression reads, and by which labels it picks them."""

import re
from typing import Final

_STRINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
# Lists of labels behind these words, durations in brackets.
_LISTS: Final = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_RANGES: Final = re.compile(r"\[[^\]]*\]")
_WORDS: Final = {
    "and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right", "inf",
}  # fmt: skip
_NAME: Final = re.compile(r"(?<![\w.$])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(\s*\()?")


def selectors(expression: str) -> list[tuple[str, frozenset[str]]]:
    """Each metric that is read, with the labels that it is picked by.

    >>> selectors('sum by (le) (rate(a_total{b="(c)", d=~"e"}[5m])) > 2 unless on () up offset 5m')
    [('a_total', frozenset({'b', 'd'})), ('up', frozenset())]
    """
    bare = _RANGES.sub(" ", _LISTS.sub(" ", _STRINGS.sub('""', expression)))
    found = []
    for name, matchers, call in _NAME.findall(bare):
        if name.lower() not in _WORDS and not call:
            found.append((name, frozenset(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))))
    return found
