"""The examples in the docstrings are true."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import argus_engine
import pytest
from argus_engine.catalogue import FEATURES

MODULES = [found.name for found in pkgutil.walk_packages(argus_engine.__path__, "argus_engine.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_table_of_features_is_the_catalogue():
    """docs/features.md, row by row."""
    text = (Path(__file__).parents[4] / "docs" / "features.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    assert rows == [
        [f"`{f.name}`", f.meaning, f.unit, f.direction, f.source, "yes" * f.model, "yes" * f.combiner] for f in FEATURES
    ]
