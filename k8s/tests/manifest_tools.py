"""Finding a manifest, for tests that break it."""

import re
from typing import Any

from argus_local.kubernetes.manifests import Manifest


def one(manifests: list[Manifest], kind: str, name: str) -> Any:
    """The manifest of that kind and name, or whose name goes on with a digest."""
    named = [(each["metadata"]["name"], each) for each in manifests if each["kind"] == kind]
    found = [each for called, each in named if called == name] or [
        each for called, each in named if re.fullmatch(rf"{name}-[a-z0-9.]+", called)
    ]
    assert len(found) == 1, f"{len(found)} of {kind}/{name}"
    return found[0]


def pod_of(manifests: list[Manifest], kind: str, name: str) -> Any:
    """The specification of its pod."""
    spec = one(manifests, kind, name)["spec"]
    return (spec["jobTemplate"]["spec"] if kind == "CronJob" else spec)["template"]["spec"]
