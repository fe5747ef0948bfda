"""The measurement of the desk's pages sees every page, and its section stands in its place."""

from pathlib import Path

from argus_local.bench_desk import BUSY, FILES, PAGES, measure
from argus_local.report import write_desk


def test_figures_and_their_section(tmp_path: Path) -> None:
    # A page that does not answer would have raised.
    found = measure(alerts=1500, calls=2)
    assert found["desk_alerts"] == 1500
    assert BUSY < found["desk_cases"] <= 1500
    for name, _, _ in PAGES:
        assert 0 < found[f"desk_{name}_p50_ms"] <= found[f"desk_{name}_p95_ms"]
        # Weights do not depend on the machine: this is the bar itself.
        assert 0 < found[f"desk_{name}_kb"] <= 300
    for name, _, _ in FILES:
        assert 0 < found[f"desk_{name}_p50_ms"] <= found[f"desk_{name}_p95_ms"]
        assert found[f"desk_{name}_kb"] > 0
    found["machine"] = {"cpu": "a processor", "cores": 2, "memory_gb": 8, "date": "2026-03-02", "load_before": 0.4}
    path = tmp_path / "benchmarks.md"
    path.write_text("# Benchmarks\n\nFirst.\n\n## Long ranges\n\nSecond.\n")
    write_desk(path, found)
    once = path.read_text()
    assert once.startswith("# Benchmarks\n\nFirst.\n\n## Long ranges\n\nSecond.\n\n## The desk's pages\n")
    assert "1,500 alerts" in once
    path.write_text(once + "\n## Memory\n\nThird.\n")
    write_desk(path, found)
    assert path.read_text() == once + "\n## Memory\n\nThird.\n"
