"""What the running programs serve to Prometheus is what docs/metrics.md says."""

import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from argus_local.client import Client
from argus_local.stack import Stack
from metrics_table import documented
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.stack
# What this stack has nothing to say of: it has no model, and nobody has granted its database so much room.
UNSAID = {
    "argus_model_info",
    "argus_model_trained_timestamp_seconds",
    "argus_database_capacity_bytes",
    "argus_score_stability_index",
}


def scrape(url: str) -> dict[str, Metric]:
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {f"{family.name}_total" if family.type == "counter" else family.name: family for family in families}


def value(families: dict[str, Metric], name: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in families.values()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def until(ask: Callable[[], dict[str, Metric]], said: Callable[[dict[str, Metric]], bool]) -> dict[str, Metric]:
    deadline = time.monotonic() + 60
    while not said(found := ask()):
        assert time.monotonic() < deadline, f"never said; last {sorted(found)}"
        time.sleep(0.2)
    return found


def agree(service: str, found: dict[str, Metric]) -> None:
    """What is served stands in the table, and what stands there is served."""
    table = {name: row for name, row in documented().items() if service in row.services}
    ours = {name: family for name, family in found.items() if name.startswith("argus_")}
    assert set(ours) <= set(table)
    assert set(table) - set(ours) <= UNSAID
    for name, family in ours.items():
        assert family.type == table[name].type, name
        assert family.documentation, name
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == table[name].labels, name


def test_web_and_worker_after_a_few_decisions(stack: Stack) -> None:
    web, worker = stack.url("web"), stack.url("worker_metrics")
    # Other tests have killed this and that; what failed then is counted.
    at_first = scrape(worker)
    before = value(at_first, "argus_transactions_decided_total")
    failed = value(at_first, "argus_tasks_total", outcome="failed")
    client = Client(web, stack.api_key(client="metrics"))
    for number in range(20):
        body = {
            "transaction_id": f"metrics-{number}", "occurred_at": datetime.now(UTC).isoformat(),
            "customer_id": f"metrics-{number}", "amount": "12.00", "currency": "EUR",
        }  # fmt: skip
        assert client.submit(body).status_code == 202
    client.close()
    decided = until(
        lambda: scrape(worker), lambda found: value(found, "argus_transactions_decided_total") >= before + 20
    )
    agree("worker", decided)
    assert value(decided, "argus_received_to_decided_seconds_count") == value(decided, "argus_decision_score_count")
    assert value(decided, "argus_tasks_total", task="argus.score_pending", outcome="succeeded") >= 1
    assert value(decided, "argus_tasks_total", outcome="failed") == failed
    # The stack runs no MLflow here.
    assert value(decided, "argus_model_followed") == 0
    served = until(lambda: scrape(web), lambda found: value(found, "argus_transactions_pending") == 0)
    agree("web", served)
    assert value(served, "argus_transactions_received_total", outcome="accepted") >= 20
    assert value(served, "argus_workers_running") == 1
    assert value(served, "argus_database_up") == value(served, "argus_redis_up") == 1


def test_the_sweep_is_counted(stack: Stack) -> None:
    until(
        lambda: scrape(stack.url("worker_metrics")),
        lambda found: value(found, "argus_tasks_total", task="argus.sweep", outcome="succeeded") >= 1,
    )


def test_trainer(stack: Stack) -> None:
    stack.launch("trainer")
    try:
        stack.wait("trainer")
        agree("trainer", scrape(stack.url("trainer_metrics")))
    finally:
        stack.end("trainer")
