"""The checks of k8s/ that scripts/check runs: every overlay renders, is valid, keeps to the policy and to the docs."""

import sys
from collections.abc import Iterator

from argus_local.kubernetes import network, object_policy, overlays, schemas
from argus_local.kubernetes.manifests import ROOT, Manifest, RenderError

TABLE = ROOT / "docs/kubernetes.md"


def findings(name: str, manifests: list[Manifest]) -> Iterator[str]:
    """What is wrong with one variant."""
    yield from schemas.findings(manifests)
    yield from object_policy.findings(manifests)
    yield from overlays.extras(manifests)
    allowed, said = network.edges(manifests), network.documented(TABLE, *name.split())
    for edge in sorted(allowed - said):
        yield f"{edge.client} may talk to {edge.server} at {edge.port}, and docs/kubernetes.md does not say so"
    for edge in sorted(said - allowed):
        yield f"docs/kubernetes.md lets {edge.client} talk to {edge.server} at {edge.port}, and no policy does"


def main() -> int:
    """Print findings; 1 if there are any."""
    found = 0
    try:
        for name, manifests in overlays.variants():
            for finding in findings(name, manifests):
                print(f"{name}: {finding}")
                found += 1
    except RenderError as error:
        print(error)
        return 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
