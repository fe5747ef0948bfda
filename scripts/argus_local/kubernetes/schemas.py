"""Whether manifests are what the API server takes: strictly, by the schemas of the oldest and the newest version."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import jsonschema
import kubernetes_validate

from argus_local.kubernetes.manifests import Manifest, name_of

VERSIONS: Final = ("1.33", "1.37")
# What kinds of other makers must look like, as far as they are used here.
_OWN: Final = {"keda.sh/v1alpha1": "keda.json", "monitoring.coreos.com/v1": "monitoring.json"}


def findings(manifests: list[Manifest]) -> Iterator[str]:
    """What a schema refuses."""
    for manifest in manifests:
        if manifest["apiVersion"] in _OWN:
            yield from _other(manifest)
            continue
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                path = ".".join(map(str, error.path))
                yield f"{name_of(manifest)}: Kubernetes {version} refuses {path}: {error.message}"
            except kubernetes_validate.SchemaNotFoundError:
                yield f"{name_of(manifest)}: Kubernetes {version} knows no {manifest['apiVersion']} {manifest['kind']}"


def _other(manifest: Manifest) -> Iterator[str]:
    file = Path(__file__).with_name("schemas") / _OWN[manifest["apiVersion"]]
    schemas = json.loads(file.read_text())
    if manifest["kind"] not in schemas:
        yield f"{name_of(manifest)}: {manifest['apiVersion']} has no kind {manifest['kind']} that is known here"
        return
    for error in jsonschema.Draft202012Validator(schemas[manifest["kind"]]).iter_errors(manifest):
        yield f"{name_of(manifest)}: {error.json_path}: {error.message}"
