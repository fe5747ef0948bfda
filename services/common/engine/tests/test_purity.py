"""The engine stands alone, checked in fresh interpreters in which what it must not need cannot be imported."""

import re
import subprocess
import sys
from pathlib import Path

import argus_engine
import pytest

FRAMEWORKS = ("django", "celery", "kombu", "mlflow", "psycopg", "redis", "sklearn", "pandas")
SCORE = """
from argus_engine import evaluate, live, replay, ruleset
from argus_engine.columns import Transactions
from argus_engine.memory import live as memory
rules = evaluate.CompiledRuleSet(ruleset.default_ruleset())
batch = Transactions.from_rows([(1, 0, "anna", 2_000_000, "EUR", "cash_deposit", "desk", "DE", None, None, None, None)])
moved = live.advance(batch, {}, Transactions.from_rows([]), set(), set(), rules.feature_config)
memory.shared_read(memory.ask(batch), moved.features, {})
judged = evaluate.evaluate(batch, moved.features, rules, None, None)
assert judged.verdict == ["review"], judged
"""
DESCRIBE = """
from argus_engine import catalogue, money, reasons, ruleset
assert ruleset.default_ruleset().digest and catalogue.SCHEMA_DIGEST and money.format_amount(1, "EUR")
"""


def run(code: str, *blocked: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` where importing any of ``blocked`` is an error."""
    block = f"import sys\nsys.modules.update(dict.fromkeys({list(blocked)!r}))\n"
    return subprocess.run([sys.executable, "-c", block + code], capture_output=True, text=True, check=False)


def test_scoring_needs_no_framework() -> None:
    done = run(SCORE, *FRAMEWORKS)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("blocked", [("numpy", "numba"), ("numba",)])
def test_describing_needs_no_numbers(blocked: tuple[str, ...]) -> None:
    done = run(DESCRIBE, *blocked, *FRAMEWORKS)
    assert done.returncode == 0, done.stderr


def test_the_block_blocks() -> None:
    assert "ModuleNotFoundError" in run("import numpy", "numpy").stderr
    assert run(SCORE, "numba").returncode != 0


def test_no_module_reads_a_clock() -> None:
    clock = re.compile(r"^\s*(import|from) time\b|\.(now|utcnow|today)\(", re.MULTILINE)
    sources = [found for folder in argus_engine.__path__ for found in Path(folder).rglob("*.py")]
    assert len(sources) > 20
    assert [source.name for source in sources if clock.search(source.read_text())] == []
