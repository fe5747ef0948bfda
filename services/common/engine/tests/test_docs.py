"""The examples in the docstrings are true."""

import doctest
import importlib
import pkgutil

import argus_engine
import pytest

MODULES = [found.name for found in pkgutil.walk_packages(argus_engine.__path__, "argus_engine.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
