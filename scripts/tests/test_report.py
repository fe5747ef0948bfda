"""docs/benchmarks.md: every figure that was measured, beside its bar."""

from pathlib import Path
from typing import Any

from argus_local.report import write

FIGURES: dict[str, Any] = {
    "machine": {
        "cpu": "a processor", "cores": 2, "memory_gb": 8, "python": "3.11", "django": "5.2", "numpy": "2.4",
        "date": "2026-03-02", "load_before": 0.4,
    },
    "single_ingest_per_s": 1234,
    "paced_received_to_decided_p99_ms": 45.6,
    "peak_rss_mb": {"web": 120, "worker": 230, "redis": 5},
}  # fmt: skip


def test_figures_stand_beside_their_bars(tmp_path: Path) -> None:
    write(tmp_path / "benchmarks.md", FIGURES)
    text = (tmp_path / "benchmarks.md").read_text()
    assert "| 1,234 | ≥ 600 |" in text
    assert "| 45.6 | ≤ 250 |" in text
    assert "| web | 120 | ≤ 200 |" in text
    assert "| redis | 5 |  |" in text
    assert "a processor, 2 cores, 8 GB" in text
    assert "Load average before the start: 0.4" in text
    # Not measured, not shown.
    assert "bulk" not in text


def test_what_stands_under_headings_of_its_own_stays(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    write(path, FIGURES)
    first = path.read_text()
    path.write_text(first + "\n## Detection\n\nFigures of another command.\n")
    write(path, FIGURES | {"single_ingest_per_s": 4321})
    assert path.read_text() == first.replace("1,234", "4,321") + "\n## Detection\n\nFigures of another command.\n"
