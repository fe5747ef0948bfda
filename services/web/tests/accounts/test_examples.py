"""Examples in docstrings of people and the audit log."""

import doctest
from types import ModuleType

import pytest
from argus_web.accounts import actors, matrix, roles
from argus_web.audit import shown


@pytest.mark.parametrize("module", [actors, matrix, roles, shown], ids=lambda module: module.__name__)
def test_examples_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
