"""What the objects of an overlay must have, and how they must fit together."""

from collections.abc import Iterator
from typing import Any, Final

from argus_local.kubernetes import network
from argus_local.kubernetes.manifests import Manifest, Pod, name_of, of_kind, pods, selects
from argus_local.kubernetes.pod_policy import pod_findings

_CLUSTER_WIDE: Final = {"Namespace"}
# Nobody here has business with the cluster's own interface.
_UNWANTED: Final = {"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "DaemonSet", "ReplicaSet", "Pod"}


def findings(manifests: list[Manifest]) -> Iterator[str]:
    """All that is wrong with a rendering."""
    for pod in pods(manifests):
        for finding in (*pod_findings(pod), *_network(manifests, pod), *_account(manifests, pod)):
            yield f"{name_of(pod.owner)}: {finding}"
    for manifest in manifests:
        for finding in (*_place(manifest), *_owner(manifests, manifest)):
            yield f"{name_of(manifest)}: {finding}"
    yield from _namespace(manifests)
    yield from _services(manifests)
    yield from _references(manifests)
    for edge in sorted(network.one_sided(manifests)):
        yield f"{edge.client} and {edge.server} at {edge.port}: one of the two may, the other may not"


def _network(manifests: list[Manifest], pod: Pod) -> Iterator[str]:
    for direction in ("ingress", "egress"):
        if not network.isolated(manifests, pod.labels, direction):
            yield f"no network policy speaks for its {direction}"
        if not network.isolated(manifests, {}, direction):
            yield f"a pod without labels is not denied {direction}"


def _account(manifests: list[Manifest], pod: Pod) -> Iterator[str]:
    name = pod.spec.get("serviceAccountName")
    accounts = [each for each in of_kind(manifests, "ServiceAccount") if each["metadata"]["name"] == name]
    if not accounts:
        yield f"its service account {name} is not among the manifests"
    elif accounts[0].get("automountServiceAccountToken") is not False:
        yield f"its service account {name} gives out tokens"


def _place(manifest: Manifest) -> Iterator[str]:
    if manifest["kind"] in _UNWANTED:
        yield "this kind has no place here"
    if manifest["kind"] not in _CLUSTER_WIDE and "namespace" not in manifest["metadata"]:
        yield "it has no namespace"


def _namespace(manifests: list[Manifest]) -> Iterator[str]:
    spaces = of_kind(manifests, "Namespace")
    if len(spaces) != 1 or manifests[0]["kind"] != "Namespace":
        yield "a namespace, and one alone, must come first"
        return
    for mode in ("enforce", "warn", "audit"):
        if spaces[0]["metadata"]["labels"].get(f"pod-security.kubernetes.io/{mode}") != "restricted":
            yield f"the namespace does not {mode} the restricted standard"
    names = {manifest["metadata"].get("namespace") for manifest in manifests if manifest["kind"] not in _CLUSTER_WIDE}
    if names != {spaces[0]["metadata"]["name"]}:
        yield f"manifests are in other namespaces than their own: {', '.join(sorted(map(str, names)))}"


def _owner(manifests: list[Manifest], manifest: Manifest) -> Iterator[str]:
    spec = manifest.get("spec", {})
    match manifest["kind"]:
        case "Deployment":
            yield from _deployment(manifests, manifest)
        case "Job":
            yield from _job(spec)
            if "ttlSecondsAfterFinished" not in spec:
                yield "it stays for good once it is done (ttlSecondsAfterFinished)"
            if not manifest["metadata"]["name"].endswith(
                spec["template"]["spec"]["containers"][0]["image"].split(":")[-1]
            ):
                yield "its name does not end with its image's tag, and an upgrade could not replace it"
        case "CronJob":
            yield from _job(spec["jobTemplate"]["spec"])
            if spec.get("concurrencyPolicy") != "Forbid":
                yield "two may run at once (concurrencyPolicy)"
            for key in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "timeZone"):
                if key not in spec:
                    yield f"{key} is missing"
        case "StatefulSet" if not spec.get("volumeClaimTemplates"):
            yield "it keeps nothing"


def _job(spec: dict[str, Any]) -> Iterator[str]:
    for key in ("activeDeadlineSeconds", "backoffLimit"):
        if key not in spec:
            yield f"{key} is missing"


def _deployment(manifests: list[Manifest], manifest: Manifest) -> Iterator[str]:
    spec = manifest["spec"]
    name, labels = manifest["metadata"]["name"], spec["template"]["metadata"]["labels"]
    scalers = [
        each for each in of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject")
        if each["spec"]["scaleTargetRef"]["name"] == name
    ]  # fmt: skip
    if scalers and "replicas" in spec:
        yield "its replicas are set here and by an autoscaler"
    if not scalers and spec.get("replicas", 1) == 1:
        return
    budgets = [each for each in of_kind(manifests, "PodDisruptionBudget") if selects(each["spec"]["selector"], labels)]
    if len(budgets) != 1:
        yield f"{len(budgets)} disruption budgets select it; one must"
    if spec.get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
        yield "an update may take pods away before others are there (maxUnavailable)"
    spread = spec["template"]["spec"].get("topologySpreadConstraints", [])
    if {each["topologyKey"] for each in spread} != {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}:
        yield "it is not spread over nodes and zones"
    if not all(selects(each["labelSelector"], labels) for each in spread):
        yield "it spreads other pods than its own"


def _services(manifests: list[Manifest]) -> Iterator[str]:
    for service in of_kind(manifests, "Service"):
        chosen = [pod for pod in pods(manifests) if selects({"matchLabels": service["spec"]["selector"]}, pod.labels)]
        if len(chosen) != 1:
            yield f"{name_of(service)}: it selects {len(chosen)} kinds of pods"
            continue
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in chosen[0].ports:
                yield f"{name_of(service)}: its pods have no port {port['targetPort']}"
        if service["spec"].get("type", "ClusterIP") != "ClusterIP":
            yield f"{name_of(service)}: it is open to the outside"


def _references(manifests: list[Manifest]) -> Iterator[str]:
    """Config maps that are used must be there. Secrets, too, unless all of them come from elsewhere."""
    there = {(each["kind"], each["metadata"]["name"]) for each in of_kind(manifests, "ConfigMap", "Secret")}
    needed = {
        (owner, *each) for pod in pods(manifests) for owner, each in ((name_of(pod.owner), ref) for ref in uses(pod))
    }
    for owner, kind, name in sorted(needed):
        if (kind, name) not in there and (kind == "ConfigMap" or of_kind(manifests, "Secret")):
            yield f"{owner}: there is no {kind} {name}"


def uses(pod: Pod) -> set[tuple[str, str]]:
    """The config maps and secrets that a pod cannot start without."""
    found = set()
    for volume in pod.spec.get("volumes", []):
        sources = [volume, *(volume.get("projected") or {}).get("sources", [])]
        for source in sources:
            if "configMap" in source:
                found.add(("ConfigMap", source["configMap"]["name"]))
            if "secret" in source:
                found.add(("Secret", source["secret"].get("secretName") or source["secret"]["name"]))
    for container in pod.all_containers:
        for source in container.get("envFrom", []):
            found |= {(kind, source[key]["name"]) for kind, key in _SOURCES if key in source}
        for each in container.get("env", []):
            given = each.get("valueFrom", {})
            found |= {(kind, given[key]["name"]) for kind, key in _KEYS if key in given}
    return found


_SOURCES: Final = (("ConfigMap", "configMapRef"), ("Secret", "secretRef"))
_KEYS: Final = (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef"))
