"""compose.yaml: each service is confined, watched, limited and gets no secret that is not its own."""

import re
from typing import Any

import pytest
from argus_records.conf import KNOWN
from compose_file import COMPOSE, ROOT, SERVICES, TASKS, dockerfile, laid_out, read_secrets, variables

each = pytest.mark.parametrize("name", SERVICES)
lasting = pytest.mark.parametrize("name", SERVICES.keys() - TASKS)


@each
def test_it_has_no_rights_beyond_a_plain_users(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    # One gives files to groups, which root alone may; it may nothing else, and speaks with nobody.
    if name == "secrets":
        assert (service["user"], service["cap_add"], service["network_mode"]) == ("0:0", ["CHOWN"], "none")
    else:
        assert "cap_add" not in service
        assert service["user"] not in {"root", "0", "0:0"}
    if service["image"].startswith("argus/"):
        assert service["user"] == "10001:10001"


@each
def test_it_is_limited(name: str) -> None:
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["pids_limit"] > 0
    assert service["logging"]["driver"] == "json-file"
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    assert all("size=" in mount for mount in service["tmpfs"])


@lasting
def test_it_comes_back_and_is_watched(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert "healthcheck" in service or "\nHEALTHCHECK " in dockerfile(service)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_ends_and_somebody_waits_for_it(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"
    waiting = [service["depends_on"].get(name) for service in SERVICES.values() if "depends_on" in service]
    # Or --wait would take its end for a failure.
    assert {"condition": "service_completed_successfully"} in waiting


@each
def test_what_it_waits_for_is_ready_or_done(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other in TASKS else "service_healthy"
        assert how["condition"] == wanted, other


@each
def test_nothing_but_the_proxy_is_published(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert bool(ports) == (name == "proxy")
    assert all(port.startswith("${ARGUS_BIND_ADDRESS:-127.0.0.1}:") for port in ports)


def test_the_proxy_is_apart_from_the_data() -> None:
    assert set(COMPOSE["networks"]) == {"edge", "internal"}
    assert COMPOSE["networks"]["internal"] == {"internal": True}
    assert SERVICES["proxy"]["networks"] == ["edge"]
    for name in (
        "postgres",
        "redis",
        "worker",
        "backtester",
        "sweep",
        "trainer",
        "postgres-exporter",
        "redis-exporter",
    ):
        assert SERVICES[name]["networks"] == ["internal"], name


@each
def test_its_image_is_pinned(name: str) -> None:
    repository, tag = SERVICES[name]["image"].split(":", 1)
    assert tag == "${ARGUS_VERSION:-0.1.0}" if repository.startswith("argus/") else re.match(r"v?\d+\.?\d*", tag)


@each
def test_it_can_read_the_secrets_that_it_reads_and_no_other(name: str) -> None:
    service, groups = SERVICES[name], laid_out()
    wanted = read_secrets(name)
    assert wanted <= groups.keys()
    if name == "secrets":
        return
    assert set(service.get("group_add", [])) == {groups[file] for file in wanted}
    mounted = "secrets:/run/argus:ro" in service.get("volumes", [])
    assert mounted == bool(wanted)


@each
def test_no_secret_stands_in_its_environment(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"PASS|SECRET|_KEY|_URL|URI", variable) and variable.endswith("_FILE"):
            assert value.startswith("/run/argus/"), variable
        else:
            assert not re.search(r"PASS|SECRET|_KEY$", variable), variable
            assert not re.search(r"://[^/]*:[^/]*@", str(value)), variable


@each
def test_our_programs_know_the_settings_that_they_get(name: str) -> None:
    if name not in {"migrate", "web", "worker", "backtester", "sweep", "trainer"}:
        return
    given = {variable.removesuffix("_FILE") for variable in SERVICES[name]["environment"]}
    assert {variable for variable in given if variable.startswith("ARGUS_")} <= KNOWN


def test_it_is_given_longer_to_end_than_it_takes() -> None:
    def seconds(name: str) -> int:
        said: str = SERVICES[name]["stop_grace_period"]
        return int(said[:-1]) * {"s": 1, "m": 60}[said[-1]]

    conf = (ROOT / "services/web/argus_web/gunicorn_conf.py").read_text()
    graceful = re.search(r"^graceful_timeout = (\d+)", conf, re.MULTILINE)
    assert graceful
    assert seconds("web") > int(graceful[1])
    # It answers what is under way, at web as well.
    assert seconds("proxy") > seconds("web")


def test_volumes_are_named_and_used() -> None:
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if re.match(r"[a-z]", volume)
    }
    assert used == set(COMPOSE["volumes"])


def test_the_example_names_every_setting_with_its_default() -> None:
    example = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    taken: dict[str, Any] = variables()
    assert example == taken


def test_the_proxy_serves_the_doors_that_the_dashboard_shows() -> None:
    from argus_web.accounts.roles import DOORS

    locations = (ROOT / "infra/proxy/locations.conf").read_text()
    served = set(re.findall(r"set \$door (\w+);", locations))
    assert served == set(SERVICES["web"]["environment"]["ARGUS_DOORS"].split(","))
    for name in served:
        assert f"location {DOORS[name].path} {{" in locations
