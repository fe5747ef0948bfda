"""What is checked: each overlay as it stands, and with the components that may be added to it."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from argus_local.kubernetes.manifests import K8S, Manifest, of_kind, render, selects

COMPONENTS: Final = ("keda", "servicemonitors")


def variants() -> Iterator[tuple[str, list[Manifest]]]:
    """Each by its name."""
    yield "dev", render(K8S / "overlays/dev")
    yield "production", render(K8S / "overlays/production")
    for component in COMPONENTS:
        yield f"production with {component}", with_component("production", component)


def with_component(overlay: str, component: str) -> list[Manifest]:
    """An overlay as one gets it by naming the component in its own file."""
    here = K8S / "overlays" / overlay
    with tempfile.TemporaryDirectory(prefix="argus-overlay-") as place:
        folder = Path(place)
        for file in here.iterdir():
            (folder / file.name).symlink_to(file) if file.is_dir() else (folder / file.name).write_text(
                file.read_text()
            )
        said = (
            (folder / "kustomization.yaml").read_text().replace("../../", f"{os.path.relpath(K8S, folder.resolve())}/")
        )
        line = f"components: [{os.path.relpath(K8S / 'components' / component, folder.resolve())}]\n"
        (folder / "kustomization.yaml").write_text(said + line)
        return render(folder)


def extras(manifests: list[Manifest]) -> Iterator[str]:
    """What the kinds of other makers refer to must be there."""
    for monitor in of_kind(manifests, "ServiceMonitor"):
        name, wanted = monitor["metadata"]["name"], monitor["spec"]["selector"]
        services = [each for each in of_kind(manifests, "Service") if selects(wanted, each["metadata"]["labels"])]
        if len(services) != 1:
            yield f"ServiceMonitor/{name}: it selects {len(services)} services"
        for service in services:
            ports = {port["name"] for port in service["spec"]["ports"]}
            if not {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} <= ports:
                yield f"ServiceMonitor/{name}: {service['metadata']['name']} has no such port"
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject"):
        name, spec = scaler["metadata"]["name"], scaler["spec"]
        if spec["scaleTargetRef"]["name"] not in {
            each["metadata"]["name"] for each in of_kind(manifests, "Deployment")
        }:
            yield f"{scaler['kind']}/{name}: there is no Deployment {spec['scaleTargetRef']['name']}"
