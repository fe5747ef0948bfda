"""What the overlays render to."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from argus_local.kubernetes import overlays, schemas
from argus_local.kubernetes.__main__ import findings
from argus_local.kubernetes.manifests import K8S, OVERLAYS, ROOT, RenderError, of_kind, pods, render
from argus_local.kubernetes.object_policy import uses
from manifest_tools import one

DOCUMENT = (ROOT / "docs/kubernetes.md").read_text()


@pytest.mark.parametrize("name", ["dev", "production"])
def test_an_overlay_is_valid_and_keeps_to_the_policy_and_the_docs(rendered, name):
    assert list(findings(name, rendered[name])) == []


@pytest.mark.parametrize("name", overlays.COMPONENTS)
def test_production_with_a_component_does_too(rendered, name):
    assert list(findings(f"production with {name}", rendered[name])) == []


def test_a_folder_that_does_not_render_is_told(tmp_path):
    (tmp_path / "kustomization.yaml").write_text("resources: [missing.yaml]\n")
    with pytest.raises(RenderError, match=r"missing\.yaml"):
        render(tmp_path)


def test_dev_needs_nothing_but_the_cluster_itself(rendered):
    """No kind of other makers, no ingress controller, no metrics server, no image but those that compose uses."""
    assert not [each for each in rendered["dev"] if "." in each["apiVersion"].split("/")[0].replace(".k8s.io", "")]
    assert not of_kind(rendered["dev"], "Ingress", "HorizontalPodAutoscaler", "PersistentVolume", "StorageClass")
    for claim in [
        each for pod in of_kind(rendered["dev"], "StatefulSet") for each in pod["spec"]["volumeClaimTemplates"]
    ]:
        assert "storageClassName" not in claim["spec"]


def test_the_documented_images_are_those_that_dev_runs(rendered):
    saved = re.search(r"^docker save (.*?) -o", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert saved is not None
    named = set(saved[1].replace("\\\n", " ").split())
    assert named == {container["image"] for pod in pods(rendered["dev"]) for container in pod.all_containers}


def test_production_brings_no_secret_and_dev_only_such_as_say_what_they_are_for(rendered):
    assert not of_kind(rendered["production"], "Secret")
    assert "development-only" not in yaml.safe_dump_all(rendered["production"])
    for overlay in OVERLAYS:
        assert "development-only" not in yaml.safe_dump_all(of_kind(rendered[overlay], "ConfigMap"))


def test_the_documented_secrets_are_those_that_production_needs(rendered):
    rows = re.findall(r"^\| `(argus-[a-z-]+)` \| (.*) \|$", DOCUMENT, re.MULTILINE)
    said = {name: set(re.findall(r"(?:^|, )`([a-z.-]+)`", keys)) for name, keys in rows}
    needed: dict[str, set[str]] = {"argus-tls": {"tls.crt", "tls.key"}}
    for pod in pods(rendered["production"]):
        for volume in pod.spec.get("volumes", []):
            if "secret" in volume:
                items = {item["key"] for item in volume["secret"]["items"]}
                needed.setdefault(volume["secret"]["secretName"], set()).update(items)
        for container in pod.all_containers:
            for each in container.get("env", []):
                given = each.get("valueFrom", {}).get("secretKeyRef")
                if given:
                    needed.setdefault(given["name"], set()).add(given["key"])
        assert {name for kind, name in uses(pod) if kind == "Secret"} <= needed.keys()
    assert said == needed


def test_the_owner_of_the_tables_is_the_migration_alone(rendered):
    for overlay in OVERLAYS:
        holders = {pod.name for pod in pods(rendered[overlay]) if ("Secret", "argus-database-owner") in uses(pod)}
        assert holders == {"migrate"}


def moved(tmp_path: Path, overlay: str, tag: str) -> Path:
    """A copy of the tree whose overlay is set to another tag, as one does for an upgrade."""
    shutil.copytree(K8S, tmp_path / "k8s", ignore=shutil.ignore_patterns("tests"))
    shutil.copytree(ROOT / "infra", tmp_path / "infra")
    file = tmp_path / "k8s/overlays" / overlay / "kustomization.yaml"
    file.write_text(re.sub(r"newTag: [\w.]+", f"newTag: {tag}", file.read_text()))
    return file.parent


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_upgrade_has_a_migration_job_of_its_own(rendered, tmp_path, overlay):
    """A Job cannot be changed: under the same name the upgrade would be refused."""
    (before,) = of_kind(rendered[overlay], "Job")
    upgraded = render(moved(tmp_path, overlay, "0.2.0-rc.1"))
    (after,) = of_kind(upgraded, "Job")
    assert before["metadata"]["name"] == "migrate-0.1.0"
    assert after["metadata"]["name"] == "migrate-0.2.0-rc.1"
    ours = {
        each["image"] for pod in pods(upgraded) for each in pod.all_containers if each["image"].startswith("argus/")
    }
    assert ours == {f"argus/{name}:0.2.0-rc.1" for name in ("web", "worker", "trainer", "mlflow", "flower")}


def test_a_registry_with_a_port_does_not_mislead_the_jobs_name(tmp_path):
    folder = moved(tmp_path, "production", "0.2.0")
    file = folder / "kustomization.yaml"
    file.write_text(
        file.read_text().replace("name: argus/web,", "name: argus/web, newName: 'registry:5000/argus/web',")
    )
    (job,) = of_kind(render(folder), "Job")
    assert job["metadata"]["name"] == "migrate-0.2.0"
    assert job["spec"]["template"]["spec"]["containers"][0]["image"] == "registry:5000/argus/web:0.2.0"


def test_the_job_does_not_change_with_settings_or_other_secrets(rendered):
    """What has a digest in its name would change the Job under an unchanged name."""
    (pod,) = [pod for pod in pods(rendered["dev"]) if pod.name == "migrate"]
    assert uses(pod) == {("Secret", "argus-database-owner")}


def test_the_host_stands_in_one_place(tmp_path):
    folder = moved(tmp_path, "production", "0.1.0")
    file = folder / "kustomization.yaml"
    file.write_text(file.read_text().replace("host=argus.example.com", "host=fraud.bank.example"))
    manifests = render(folder)
    assert "argus.example.com" not in yaml.safe_dump_all(manifests)
    web = one(manifests, "ConfigMap", "argus-web")["data"]
    assert web["ARGUS_ALLOWED_HOSTS"] == "fraud.bank.example"
    assert web["ARGUS_CSRF_TRUSTED_ORIGINS"] == "https://fraud.bank.example"
    assert one(manifests, "ConfigMap", "argus-public")["data"]["url"] == "https://fraud.bank.example"
    ingress = one(manifests, "Ingress", "argus")["spec"]
    assert ingress["tls"][0]["hosts"] == ["fraud.bank.example"]
    assert ingress["rules"][0]["host"] == "fraud.bank.example"


def test_prometheus_asks_for_the_jobs_that_the_rules_go_by(rendered):
    def jobs(text):
        return {job["job_name"] for job in yaml.safe_load(text)["scrape_configs"]}

    ours = jobs(one(rendered["dev"], "ConfigMap", "prometheus")["data"]["prometheus.yml"])
    # A CronJob's pod is gone before it could be asked.
    assert ours == jobs((ROOT / "infra/prometheus/prometheus.yml").read_text()) - {"trainer"}


def test_components_leave_the_number_of_pods_to_the_autoscaler(rendered):
    assert "replicas" in one(rendered["production"], "Deployment", "worker")["spec"]
    assert "replicas" not in one(rendered["keda"], "Deployment", "worker")["spec"]
    assert "replicas" not in one(rendered["production"], "Deployment", "web")["spec"]


def test_schemas_of_other_makers_refuse_what_they_do_not_know(fresh):
    manifests = fresh("keda")
    scaler = one(manifests, "ScaledObject", "worker")
    scaler["spec"]["triggers"][0]["metadata"] = {"query": "x", "threshold": 5}
    scaler["spec"]["minReplicas"] = 1
    found = "\n".join(schemas.findings([scaler]))
    assert "'serverAddress' is a required property" in found
    assert "5 is not of type 'string'" in found
    assert "'minReplicas' was unexpected" in found


def test_schemas_of_kubernetes_refuse_what_they_do_not_know(fresh):
    manifests = fresh("dev")
    one(manifests, "Deployment", "web")["spec"]["template"]["spec"]["containers"][0]["readyProbe"] = {}
    one(manifests, "Service", "web")["kind"] = "Servise"
    found = list(schemas.findings(manifests))
    assert any("Deployment/web: Kubernetes 1.33 refuses" in each and "readyProbe" in each for each in found)
    assert "Servise/web: Kubernetes 1.33 knows no v1 Servise" in found
