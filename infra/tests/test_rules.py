"""Rules, their unit tests, the runbook, the table of metrics and Alertmanager speak of the same things."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from metrics_table import ROOT, base, documented, others
from promql import selectors

INFRA = ROOT / "infra"
RULES = INFRA / "prometheus" / "rules" / "argus.yml"
TESTS = sorted((INFRA / "prometheus" / "tests").glob("*.yml"))
RUNBOOK = ROOT / "docs" / "runbook.md"
# What every section of the runbook answers.
QUESTIONS = ("Means", "Who is hurt", "Look first", "Fix", "Over when", "Wake somebody else")
# Labels that Prometheus, its discovery or a histogram adds.
GIVEN = {"job", "instance", "le"}


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@cache
def rules() -> dict[str, dict[str, Any]]:
    found = [rule for group in _load(RULES)["groups"] for rule in group["rules"]]
    named = {rule["alert"]: rule for rule in found}
    assert len(named) == len(found)
    return named


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", RUNBOOK.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        pytest.fail(f"these tests need {name}: scripts/test fetches it, or put it on the PATH")
    return found


def test_promtool_agrees_with_every_unit_test() -> None:
    done = subprocess.run(
        [program("promtool"), "test", "rules", *map(str, TESTS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def asked(alert: str) -> set[bool]:
    """Whether unit tests say of an alert that it fires (True) and that it does not (False)."""
    answers = set()
    for path in TESTS:
        for test in _load(path)["tests"]:
            for question in test["promql_expr_test"]:
                if f'alertname="{alert}"' in question["expr"]:
                    answers.add(any(sample["value"] > 0 for sample in question["exp_samples"]))
    return answers


@pytest.mark.parametrize("alert", sorted(rules()))
def test_every_alert_is_tested_firing_and_not(alert: str) -> None:
    # One is always firing, by design.
    assert asked(alert) == ({True} if alert == "ArgusWatchdog" else {True, False})


def test_unit_tests_ask_for_alerts_that_exist() -> None:
    for path in TESTS:
        assert set(re.findall(r'alertname="(\w+)"', path.read_text())) <= set(rules())


def test_every_alert_has_a_section_of_the_runbook_and_every_section_an_alert() -> None:
    assert list(sections()) == list(rules())


@pytest.mark.parametrize("alert", sorted(rules()))
def test_an_alert_says_what_is_wrong_and_where_to_read_on(alert: str) -> None:
    rule = rules()[alert]
    assert rule["labels"] == {"severity": rule["labels"]["severity"]}
    assert rule["labels"]["severity"] in ({"none"} if alert == "ArgusWatchdog" else {"page", "ticket"})
    said = rule["annotations"]
    assert set(said) == {"summary", "description", "runbook_url"}
    assert all(said.values())
    assert said["runbook_url"] == f"docs/runbook.md#{alert.lower()}"


@pytest.mark.parametrize("alert", sorted(rules()))
def test_a_section_answers_every_question(alert: str) -> None:
    section = sections()[alert]
    answers = re.findall(r"^\*\*([^*]+?)\.?\*\*", section, flags=re.MULTILINE)
    assert answers == list(QUESTIONS)
    # A command for compose has its counterpart for Kubernetes.
    for block in re.findall(r"```console\n(.*?)```", section, flags=re.DOTALL):
        assert re.search(r"^docker ", block, flags=re.MULTILINE), block
        assert re.search(r"^kubectl ", block, flags=re.MULTILINE), block


def test_links_within_the_runbook_lead_somewhere() -> None:
    anchors = {name.lower() for name in sections()}
    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK.read_text())) <= anchors


def expressions() -> list[tuple[str, str]]:
    quoted = [
        (f"runbook, {name}", code) for name, text in sections().items() for code in re.findall(r"`([^`]+)`", text)
    ]
    return [(name, rule["expr"]) for name, rule in rules().items()] + [
        (where, code) for where, code in quoted if re.search(r"\bargus_\w+", code) and "psql" not in code
    ]


@pytest.mark.parametrize(("where", "expression"), expressions())
def test_only_metrics_of_the_table_are_read(where: str, expression: str) -> None:
    for name, labels in selectors(expression):
        if name.startswith("argus_") and not name.endswith("_"):
            row = documented().get(base(name))
            assert row is not None, f"{where}: {name} is not in docs/metrics.md"
            assert labels <= row.labels | GIVEN, f"{where}: {name} has no label {labels - row.labels - GIVEN}"
        elif where in rules():
            assert name in others(), f"{where}: {name} is not in docs/metrics.md"


def test_alertmanager_speaks_of_alerts_that_exist() -> None:
    config = _load(INFRA / "alertmanager" / "alertmanager.yml")
    receivers = {receiver["name"] for receiver in config["receivers"]}
    routes = [config["route"], *config["route"]["routes"]]
    assert {route["receiver"] for route in routes} == receivers
    # As it is committed nobody is written to.
    assert all(set(receiver) == {"name"} for receiver in config["receivers"])
    text = (INFRA / "alertmanager" / "alertmanager.yml").read_text()
    assert set(re.findall(r"\bArgus[A-Z]\w+", text)) <= set(rules())


def test_prometheus_asks_every_service_by_the_label_that_rules_go_by() -> None:
    config = _load(INFRA / "prometheus" / "prometheus.yml")
    jobs = {job["job_name"] for job in config["scrape_configs"]}
    named = set(re.findall(r'job="(\w+)"', RULES.read_text()))
    assert named <= jobs
    assert {"web", "worker", "trainer"} <= jobs
