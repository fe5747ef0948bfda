"""A pod's containers as `docker run` would have to start them to hold them as a kubelet does."""

import base64
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from argus_local.kubernetes.manifests import Manifest, Pod, of_kind

_EXPANSION: Final = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


class Store:
    """The config maps and secrets of a rendering."""

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self._found = {
            (each["kind"], each["metadata"]["name"]): _content(each)
            for each in of_kind(manifests, "ConfigMap", "Secret")
        }

    def __call__(self, kind: str, name: str) -> dict[str, str]:
        """Its keys; KeyError where there is none, which in a cluster would hold the pod up for good."""
        return self._found[(kind, name)]


def _content(manifest: Manifest) -> dict[str, str]:
    data: dict[str, str] = manifest.get("data") or {}
    if manifest["kind"] == "Secret":
        return {key: base64.b64decode(value).decode() for key, value in data.items()}
    return data


def environment(container: dict[str, Any], store: Store, *, address: str = "") -> dict[str, str]:
    """Its variables, in order, each seen by those after it."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
            if key in source:
                found |= store(kind, source[key]["name"])
    for each in container.get("env", []):
        given = each.get("valueFrom", {})
        if "secretKeyRef" in given:
            value = store("Secret", given["secretKeyRef"]["name"])[given["secretKeyRef"]["key"]]
        elif "configMapKeyRef" in given:
            value = store("ConfigMap", given["configMapKeyRef"]["name"])[given["configMapKeyRef"]["key"]]
        elif "fieldRef" in given:
            value = address
        else:
            value = expand(each.get("value", ""), found)
        found[each["name"]] = value
    return found


def expand(text: str, known: dict[str, str]) -> str:
    """``$(NAME)`` replaced where NAME is known, as in commands and variables."""
    return _EXPANSION.sub(lambda match: known.get(match[1], match[0]), text)


def volumes(pod: Pod, store: Store, folder: Path, kept: Path) -> dict[str, Path]:
    """Makes the pod's volumes below ``folder``, claims below ``kept``, owned and shut as the kubelet leaves them."""
    group = pod.spec["securityContext"].get("fsGroup")
    made = {}
    for volume in pod.spec.get("volumes", []):
        path = folder / volume["name"]
        path.mkdir(parents=True)
        path.chmod(0o777)
        if "projected" in volume:
            given = volume["projected"]
            for source in given["sources"]:
                _lay(path, store("ConfigMap", source["configMap"]["name"]), given | source["configMap"], group)
        elif "configMap" in volume:
            given = volume["configMap"]
            _lay(path, store("ConfigMap", given["name"]), given, group)
        elif "secret" in volume:
            given = volume["secret"]
            _lay(path, store("Secret", given["secretName"]), given, group)
        elif group is not None:
            _give(path, group)
        made[volume["name"]] = path
    for claim in pod.owner["spec"].get("volumeClaimTemplates", []):
        name = claim["metadata"]["name"]
        path = kept / f"{name}-{pod.name}"
        if not path.exists():
            path.mkdir(parents=True)
            # As a fresh disk comes: it is root's until the group is given it.
            path.chmod(0o755)
            _give(path, group)
        made[name] = path
    return made


def _give(path: Path, group: int | None) -> None:
    if group is not None:
        os.chown(path, 0, group)
        path.chmod(path.stat().st_mode | 0o2770)


def _lay(path: Path, content: dict[str, str], given: dict[str, Any], group: int | None) -> None:
    items = given.get("items") or [{"key": key, "path": key} for key in content]
    for item in items:
        file = path / item["path"]
        file.write_text(content[item["key"]])
        mode = given.get("defaultMode", 0o644)
        if group is not None:
            os.chown(file, 0, group)
            mode |= 0o440
        file.chmod(mode)


def arguments(pod: Pod, container: dict[str, Any], store: Store, mounted: dict[str, Path]) -> list[str]:
    """What stands between `docker create` and the container's name, network and all that is not the pod's own."""
    security = pod.spec["securityContext"]
    own = container["securityContext"]
    variables = environment(container, store)
    said = ["--user", f"{security['runAsUser']}:{security['runAsGroup']}"]
    if "fsGroup" in security:
        said += ["--group-add", str(security["fsGroup"])]
    if own["readOnlyRootFilesystem"]:
        said += ["--read-only"]
    if not own["allowPrivilegeEscalation"]:
        said += ["--security-opt", "no-new-privileges"]
    for capability in own["capabilities"]["drop"]:
        said += ["--cap-drop", capability]
    limits = container["resources"]["limits"]
    said += ["--memory", _bytes(limits["memory"]), "--cpus", _cpus(limits["cpu"])]
    if pod.spec.get("hostname"):
        said += ["--hostname", pod.spec["hostname"]]
    for name, value in variables.items():
        said += ["--env", f"{name}={value}"]
    for mount in container.get("volumeMounts", []):
        source = mounted[mount["name"]] / mount.get("subPath", "")
        said += ["--volume", f"{source}:{mount['mountPath']}{':ro' if mount.get('readOnly') else ''}"]
    command = [expand(word, variables) for word in container.get("command", [])]
    args = [expand(word, variables) for word in container.get("args", [])]
    if command:
        said += ["--entrypoint", command[0]]
    return [*said, container["image"], *command[1:], *args]


def _bytes(quantity: str) -> str:
    return quantity.removesuffix("i").lower()


def _cpus(quantity: str | int | float) -> str:
    text = str(quantity)
    return str(int(text.removesuffix("m")) / 1000) if text.endswith("m") else text


def clear(folder: Path) -> None:
    """Removes what a pod leaves on the node."""
    shutil.rmtree(folder, ignore_errors=True)
