"""The overlays, rendered once."""

import copy
from collections.abc import Callable

import pytest
from argus_local.kubernetes.manifests import K8S, Manifest, render
from argus_local.kubernetes.overlays import with_component


@pytest.fixture(scope="session")
def rendered() -> dict[str, list[Manifest]]:
    return {
        "dev": render(K8S / "overlays/dev"),
        "production": render(K8S / "overlays/production"),
        "keda": with_component("production", "keda"),
        "servicemonitors": with_component("production", "servicemonitors"),
    }


@pytest.fixture
def fresh(rendered: dict[str, list[Manifest]]) -> Callable[[str], list[Manifest]]:
    """A copy of an overlay, to be broken."""
    return lambda name: copy.deepcopy(rendered[name])
