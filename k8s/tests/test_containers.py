"""How a pod's containers are held by Docker in a rehearsal: as a kubelet would."""

import os

import pytest
from argus_local.kubernetes import containers, network, rehearse
from argus_local.kubernetes.manifests import pods


@pytest.fixture
def dev(rendered, monkeypatch):
    # Giving files to groups takes root, which tests have not always.
    monkeypatch.setattr(os, "chown", lambda *_: None)
    return {pod.name: pod for pod in pods(rendered["dev"])}


@pytest.fixture
def store(rendered):
    return containers.Store(rendered["dev"])


def test_variables_come_from_maps_and_secrets_and_see_those_before_them(store, dev):
    web = containers.environment(dev["web"].containers[0], store)
    assert web["ARGUS_DOORS"] == "mlflow,flower,prometheus,alertmanager"
    assert web["DATABASE_URL_FILE"] == "/run/secrets/database/url"
    prometheus = dev["prometheus"].containers[0]
    variables = containers.environment(prometheus, store)
    said = [containers.expand(word, variables) for word in prometheus["args"]]
    assert "--web.external-url=http://localhost:8080/prometheus/" in said
    assert containers.expand("$(A)$(B)", {"A": "1"}) == "1$(B)"


def test_a_map_that_is_missing_is_an_error(store):
    with pytest.raises(KeyError):
        containers.environment({"envFrom": [{"configMapRef": {"name": "none"}}]}, store)


def test_volumes_lie_and_are_shut_as_the_pod_says(store, dev, tmp_path):
    made = containers.volumes(dev["postgres"], store, tmp_path / "pod", tmp_path / "claims")
    assert {file.name for file in made["config"].iterdir()} >= {"passwd", "prepare.sh", "roles.sql", "postgresql.conf"}
    assert (made["passwords"] / "roles.psql").stat().st_mode & 0o777 == 0o440
    assert made["data"].stat().st_mode & 0o7777 == 0o2775
    (made["data"] / "kept").touch()
    containers.clear(tmp_path / "pod")
    again = containers.volumes(dev["postgres"], store, tmp_path / "pod", tmp_path / "claims")
    assert (again["data"] / "kept").exists()
    only = containers.volumes(dev["web"], store, tmp_path / "web", tmp_path / "claims")
    assert [file.name for file in only["redis"].iterdir()] == ["url"]
    assert only["tmp"].stat().st_mode & 0o777 == 0o777


def test_every_container_is_confined(store, dev, tmp_path):
    for name, pod in dev.items():
        mounted = containers.volumes(pod, store, tmp_path / name, tmp_path / "claims")
        for container in pod.all_containers:
            said = containers.arguments(pod, container, store, mounted)
            for flag in ("--read-only", "--cap-drop ALL", "--security-opt no-new-privileges", "--memory ", "--cpus "):
                assert flag in " ".join(said), (name, flag)
            assert said[said.index("--user") + 1].split(":")[0] not in {"", "0"}
            image = said.index(container["image"])
            command = [*container.get("command", []), *container.get("args", [])]
            assert len(said) - image - 1 == max(len(command) - bool(container.get("command")), 0)


@pytest.mark.parametrize(("said", "meant"), [("500m", "0.5"), ("2", "2"), (2, "2")])
def test_quantities_as_docker_takes_them(store, dev, said, meant):
    container = dev["redis"].containers[0] | {"volumeMounts": []}
    container["resources"] = {"limits": {"cpu": said, "memory": "512Mi"}}
    flags = containers.arguments(dev["redis"], container, store, {})
    assert flags[flags.index("--cpus") + 1] == meant
    assert flags[flags.index("--memory") + 1] == "512m"


def test_pods_meet_on_the_networks_that_the_policies_open_and_on_no_other(rendered, monkeypatch):
    said = []
    monkeypatch.setattr(rehearse, "docker", lambda *words, **_: said.append(words) or "")
    rehearsal = rehearse.Rehearsal(rendered["dev"], "try", tag="9.9")
    pod = rehearsal.pods["worker"]
    container = pod.containers[0] | {"volumeMounts": []}
    rehearsal._create(pod, container, {}, "try-worker")
    joined = {words[-2] for words in said if words[:2] == ("network", "connect")}
    assert joined == {"try-worker", "try-postgres", "try-redis", "try-mlflow"}
    (created,) = [words for words in said if words[0] == "create"]
    assert "argus/worker:9.9" in created
    (own,) = [words for words in said if words[:2] == ("network", "connect") and words[-2] == "try-worker"]
    assert own[2:4] == ("--alias", "worker")
    assert network.Edge("worker", "web", 8000) not in rehearsal.edges
