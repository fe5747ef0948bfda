"""The measurement of long ranges compares the same answers, and its section stands in its place."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from argus_local.report import RANGES, write_ranges

# In a process of its own: it has a database, and Django's settings are made once.
MEASURE = """
import json
from argus_local.bench_ranges import measure
print(json.dumps(measure(transactions=6000, calls=2)))
"""


def figures() -> dict[str, Any]:
    scripts = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=scripts, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_figures_and_their_section(tmp_path: Path) -> None:
    # Answers that differ from the ledger's own would have raised.
    found = figures()
    assert (found["ranges_transactions"], found["ranges_days"]) == (6000, 90)
    for name, _, _ in RANGES:
        assert 0 < found[f"ranges_{name}_p50_ms"] <= found[f"ranges_{name}_p95_ms"]
        assert found[f"ranges_{name}_unrolled_ms"] >= 0
    found["machine"] = {"cpu": "a processor", "cores": 2, "memory_gb": 8, "date": "2026-03-02", "load_before": 0.4}
    path = tmp_path / "benchmarks.md"
    path.write_text("# Benchmarks\n\nFirst.\n\n## Detection\n\nSecond.\n")
    write_ranges(path, found)
    once = path.read_text()
    assert once.startswith("# Benchmarks\n\nFirst.\n\n## Detection\n\nSecond.\n\n## Long ranges\n")
    assert "6,000 transactions" in once
    assert "| 67 (a summary) |" in once
    path.write_text(once + "\n## Memory\n\nThird.\n")
    write_ranges(path, found)
    assert path.read_text() == once + "\n## Memory\n\nThird.\n"
