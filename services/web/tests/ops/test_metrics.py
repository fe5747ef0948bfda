"""Metrics: their names, and what is counted where."""

from argus_web.ops import metrics
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase


def _value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_all_names_begin_alike() -> None:
    ours = [made for made in vars(metrics).values() if isinstance(made, MetricWrapperBase)]
    names = {family.name for made in ours for family in made.describe()}
    assert len(names) == len(ours) >= 8
    assert all(name.startswith("argus_") for name in names)
    assert all(family.documentation for made in ours for family in made.describe())


def test_nothing_is_counted_for_nothing() -> None:
    metrics.received("never", 0)
    metrics.labelled("never", 0)
    assert REGISTRY.get_sample_value("argus_transactions_received_total", {"outcome": "never"}) is None
    assert REGISTRY.get_sample_value("argus_labels_received_total", {"outcome": "never"}) is None


def test_time_is_measured_also_of_what_fails() -> None:
    before = _value("argus_request_seconds_count", endpoint="test")
    try:
        with metrics.timed("test"):
            raise ValueError
    except ValueError:
        pass
    assert _value("argus_request_seconds_count", endpoint="test") == before + 1
