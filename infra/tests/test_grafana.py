"""The Grafana dashboard is well made and asks for nothing that is not emitted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from metrics_table import ROOT, base, documented, others
from promql import selectors

GRAFANA = ROOT / "infra" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "argus.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
GIVEN = {"job", "instance", "le"}


def expressions() -> Iterator[tuple[str, str]]:
    for panel in PANELS:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for annotation in DASHBOARD["annotations"]["list"]:
        if "expr" in annotation:
            yield annotation["name"], annotation["expr"]


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_only_metrics_of_the_table_are_asked_for(where: str, expression: str) -> None:
    found = selectors(expression.replace("$__rate_interval", "1m"))
    assert found
    for name, labels in found:
        row = documented().get(base(name))
        if row is not None:
            assert labels <= row.labels | GIVEN, f"{name} has no label {labels - row.labels}"
        else:
            # Prometheus's own, of alerts.
            assert name in others() | {"ALERTS"}, name


def test_what_the_services_emit_for_operators_is_shown() -> None:
    shown = {base(name) for _, expression in expressions() for name, _ in selectors(expression)}
    essential = {
        "argus_transactions_received_total", "argus_transactions_decided_total", "argus_received_to_decided_seconds",
        "argus_transactions_pending", "argus_transactions_pending_oldest_seconds", "argus_batch_transactions",
        "argus_rule_hits_total", "argus_rule_errors_total", "argus_model_info", "argus_decision_score",
        "argus_model_trained_timestamp_seconds", "argus_alerts_waiting", "argus_cases_overdue", "argus_tasks_total",
        "argus_training_last_timestamp_seconds", "argus_workers_running", "argus_database_bytes",
    }  # fmt: skip
    assert essential <= shown


def test_rows_are_in_the_order_in_which_a_transaction_passes() -> None:
    assert [panel["title"] for panel in PANELS if panel["type"] == "row"] == [
        "Intake", "Decisions", "Queue", "Model", "Alerts", "Infrastructure",
    ]  # fmt: skip


def test_panels_have_names_of_their_own_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_it_reads_from_the_source_that_is_provisioned() -> None:
    (source,) = yaml.safe_load((GRAFANA / "datasources" / "prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((GRAFANA / "dashboards" / "argus.yml").read_text())["providers"]
    assert provider["options"]["path"] == "/etc/grafana/provisioning/dashboards"
    for panel in PANELS:
        if panel["type"] != "row":
            assert panel["datasource"] == {"type": source["type"], "uid": source["uid"]}
            assert all(target["datasource"]["uid"] == source["uid"] for target in panel["targets"])
    # Stored numbers of one Grafana are nobody else's.
    assert "id" not in DASHBOARD
    assert DASHBOARD["uid"]
