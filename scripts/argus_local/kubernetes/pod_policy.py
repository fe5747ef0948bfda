"""What every pod must have, whoever makes it. Each rule yields what is wrong, as a sentence."""

import re
from collections.abc import Iterator
from typing import Any, Final

from argus_local.kubernetes.manifests import ROOT, Pod

# What may be written without a disk of one's own, or read; a node's own paths are none of these.
_VOLUMES: Final = {"configMap", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
# The images that compose uses too. What is not here is built by this repository.
PUBLIC_IMAGES: Final = {
    "postgres:17-trixie",
    "redis:8.0",
    "nginx:1.26",
    "prom/prometheus:v2.53.3",
    "prom/alertmanager:v0.28.1",
    "oliver006/redis_exporter:v1.69.0",
    "quay.io/prometheuscommunity/postgres-exporter:v0.17.1",
}
_BUILT: Final = re.compile(r"(?:.*/)?argus/([a-z-]+)(?::([A-Za-z0-9_][A-Za-z0-9_.-]*))?(@sha256:[0-9a-f]{64})?")
_PROBES: Final = ("startupProbe", "readinessProbe", "livenessProbe")


def pod_findings(pod: Pod) -> Iterator[str]:
    """All that is wrong with a pod."""
    yield from _identity(pod)
    yield from _pod_security(pod)
    yield from _volumes(pod)
    for container in pod.all_containers:
        for finding in (*_container_security(container), *_resources(container), *_image(container)):
            yield f"container {container['name']}: {finding}"
    if pod.runs_to_an_end:
        if pod.spec.get("restartPolicy") not in {"Never", "OnFailure"}:
            yield "a Job's pod needs restartPolicy Never or OnFailure"
    else:
        for container in pod.containers:
            yield from _probes(container)
            yield from _ending(pod, container)


def _identity(pod: Pod) -> Iterator[str]:
    for label in ("app.kubernetes.io/name", "app.kubernetes.io/part-of"):
        if label not in pod.labels:
            yield f"the label {label} is missing"
    if pod.spec.get("serviceAccountName", "default") == "default":
        yield "it runs as the namespace's default service account"
    if pod.spec.get("automountServiceAccountToken") is not False:
        yield "a token of its service account is mounted"
    # Variables such as FLOWER_PORT and MLFLOW_PORT, which these programs take for settings.
    if pod.spec.get("enableServiceLinks") is not False:
        yield "services are written into its environment (enableServiceLinks)"


def _pod_security(pod: Pod) -> Iterator[str]:
    security = pod.spec.get("securityContext", {})
    if security.get("runAsNonRoot") is not True:
        yield "runAsNonRoot is not true"
    for key in ("runAsUser", "runAsGroup"):
        if not isinstance(security.get(key), int) or security[key] <= 0:
            yield f"{key} is not a number above 0"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "seccompProfile is not RuntimeDefault"
    if "fsGroup" in security and security.get("fsGroupChangePolicy") != "OnRootMismatch":
        yield "fsGroup without fsGroupChangePolicy OnRootMismatch"
    for key in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
        if pod.spec.get(key):
            yield f"{key} is set"
    for key in ("supplementalGroups", "sysctls"):
        if security.get(key):
            yield f"{key} is set"


def _volumes(pod: Pod) -> Iterator[str]:
    for volume in pod.spec.get("volumes", []):
        kinds = volume.keys() - {"name"}
        if kinds - _VOLUMES:
            yield f"the volume {volume['name']} is of a kind that is not allowed: {', '.join(sorted(kinds - _VOLUMES))}"
        if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
            yield f"the volume {volume['name']} has no sizeLimit"
        for source in (volume.get("projected") or {}).get("sources", []):
            if "serviceAccountToken" in source:
                yield f"the volume {volume['name']} holds a token"
    for container in pod.all_containers:
        mounts = container.get("volumeMounts", [])
        shut = [mount["mountPath"] for mount in mounts if mount.get("readOnly")]
        for mount in mounts:
            # The runtime would have to make a folder where nothing can be written.
            if any(mount["mountPath"].startswith(f"{path}/") for path in shut):
                yield f"{mount['mountPath']} is mounted inside a read-only volume"


def _container_security(container: dict[str, Any]) -> Iterator[str]:
    security = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "readOnlyRootFilesystem is not true"
    capabilities = security.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
        yield "it does not drop ALL capabilities, or adds some"
    if security.get("privileged"):
        yield "it is privileged"
    for key in ("runAsUser", "runAsNonRoot", "seccompProfile"):
        if key in security:
            yield f"{key} belongs to the pod, for all its containers"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield "it takes a port of the node"


def _resources(container: dict[str, Any]) -> Iterator[str]:
    resources = container.get("resources", {})
    for kind in ("requests", "limits"):
        for what in ("cpu", "memory"):
            if what not in resources.get(kind, {}):
                yield f"no {kind} for {what}"


def _image(container: dict[str, Any]) -> Iterator[str]:
    image = container["image"]
    built = _BUILT.fullmatch(image)
    if built:
        folders = [ROOT / "services" / built[1], ROOT / "infra" / built[1]]
        if not any((folder / "Dockerfile").exists() for folder in folders):
            yield f"{image} is built by no Dockerfile of this repository"
        if not (built[2] or built[3]) or built[2] == "latest":
            yield f"{image} is not pinned"
    elif image not in PUBLIC_IMAGES:
        yield f"{image} is neither built here nor one of the public images that compose uses"
    if container.get("imagePullPolicy") != "IfNotPresent":
        yield "imagePullPolicy is not IfNotPresent"


def _probes(container: dict[str, Any]) -> Iterator[str]:
    for kind in _PROBES:
        if kind not in container:
            yield f"container {container['name']}: no {kind}"
            continue
        probe = container[kind]
        if probe.get("timeoutSeconds", 1) < 2:
            yield f"container {container['name']}: {kind} gives a busy machine less than two seconds"
        asked = probe.get("httpGet") or probe.get("tcpSocket")
        names = [port["name"] for port in container.get("ports", [])]
        if asked and asked["port"] not in names:
            yield f"container {container['name']}: {kind} asks at {asked['port']}, which is none of its ports"
    if "livenessProbe" in container and container["livenessProbe"].get("httpGet", {}).get("path", "").startswith(
        "/readyz"
    ):
        yield f"container {container['name']}: restarting it would not bring back what /readyz waits for"


def _ending(pod: Pod, container: dict[str, Any]) -> Iterator[str]:
    pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    if pod.spec.get("terminationGracePeriodSeconds", 30) < pause + 10:
        yield f"container {container['name']}: its grace period leaves less than ten seconds after its pause"
