"""Rendering with kubectl, and finding one's way in what comes out."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[3]
K8S: Final = ROOT / "k8s"
OVERLAYS: Final = ("dev", "production")

Manifest = dict[str, Any]


class RenderError(Exception):
    """A folder does not render; the message is kubectl's."""


def kubectl() -> str:
    """The pinned one of this environment, or else whatever there is."""
    pinned = Path(sys.executable).parent / "kubectl"
    found = str(pinned) if pinned.exists() else shutil.which("kubectl")
    if found is None:
        raise RenderError("kubectl is missing; scripts/check installs it")
    return found


def render(folder: Path) -> list[Manifest]:
    """What `kubectl apply -k` would send, in its order."""
    done = subprocess.run([kubectl(), "kustomize", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RenderError(done.stderr.strip())
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def name_of(manifest: Manifest) -> str:
    """Kind and name, as people say it."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def of_kind(manifests: Iterable[Manifest], *kinds: str) -> list[Manifest]:
    """Those of the given kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


@dataclass(frozen=True)
class Pod:
    """A pod as some owner makes it."""

    owner: Manifest
    template: Manifest

    @property
    def name(self) -> str:
        """Its component: the label that services and policies select it by."""
        return str(self.labels.get("app.kubernetes.io/name", name_of(self.owner)))

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return dict(self.template.get("metadata", {}).get("labels", {}))

    @property
    def spec(self) -> dict[str, Any]:
        """Its specification."""
        return dict(self.template["spec"])

    @property
    def containers(self) -> list[dict[str, Any]]:
        """Those that stay."""
        return list(self.spec["containers"])

    @property
    def all_containers(self) -> list[dict[str, Any]]:
        """With those that only prepare."""
        return [*self.spec.get("initContainers", []), *self.containers]

    @property
    def runs_to_an_end(self) -> bool:
        """Whether it is a Job's."""
        return self.owner["kind"] in {"Job", "CronJob"}

    @property
    def ports(self) -> dict[str, int]:
        """Its named ports."""
        return {port["name"]: port["containerPort"] for each in self.containers for port in each.get("ports", [])}


def pods(manifests: Iterable[Manifest]) -> Iterator[Pod]:
    """Each kind of pod once."""
    for manifest in manifests:
        match manifest["kind"]:
            case "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job":
                yield Pod(manifest, manifest["spec"]["template"])
            case "CronJob":
                yield Pod(manifest, manifest["spec"]["jobTemplate"]["spec"]["template"])
            case "Pod":
                yield Pod(manifest, manifest)


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a label selector matches."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for expression in selector.get("matchExpressions", []):
        key, values = expression["key"], expression.get("values", [])
        matches = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }
        if not matches[expression["operator"]]:
            return False
    return True
