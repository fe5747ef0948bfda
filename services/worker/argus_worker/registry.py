"""A read-only client of MLflow's REST API: which version an alias names, and the files of that version.

Four documented calls over the standard library. MLflow's own client would add 48 MB and a second of
start to every worker process, and pandas and pyarrow besides wherever those are installed.
"""

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode, urlsplit

# A flat forest takes a few megabytes; whatever claims to be far larger is not one.
MAX_BYTES: Final = 128 * 2**20
_API: Final = "/api/2.0/mlflow"
_ARTIFACTS: Final = "/api/2.0/mlflow-artifacts/artifacts"


class RegistryError(Exception):
    """The registry did not give what was asked for; the message says why."""


class RegistryUnreachable(RegistryError):
    """Nobody answers at the registry's address, or not in time."""


class NoChampion(RegistryError):
    """The registry answers, and names no version."""


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version of the registered model, with its tags and when it was made, in seconds since 1970."""

    name: str
    version: str
    tags: dict[str, str]
    created_at: float | None = None


class Registry:
    """MLflow's tracking server at ``uri``, which may carry ``user:password@``."""

    def __init__(self, uri: str, *, timeout: float = 5.0) -> None:
        parts = urlsplit(uri)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"MLFLOW_TRACKING_URI has the scheme {parts.scheme!r}; expected http or https")
        # Without the credentials: the address stands in logs and notes.
        self.address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._timeout = timeout
        self._headers = {}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()

    def by_alias(self, name: str, alias: str) -> RegisteredVersion:
        """The version that carries ``alias``; raises :class:`NoChampion` where none does."""
        return self._version(name, self._ask(f"{_API}/registered-models/alias", name=name, alias=alias))

    def by_number(self, name: str, version: str) -> RegisteredVersion:
        """The version of this number."""
        return self._version(name, self._ask(f"{_API}/model-versions/get", name=name, version=version))

    @staticmethod
    def _version(name: str, answer: dict[str, Any]) -> RegisteredVersion:
        found = answer["model_version"]
        tags = {tag["key"]: tag.get("value", "") for tag in found.get("tags", [])}
        created = found.get("creation_timestamp")
        return RegisteredVersion(name, str(found["version"]), tags, int(created) / 1000 if created else None)

    def fetch(self, version: RegisteredVersion, *files: str) -> list[bytes]:
        """The content of ``files`` of a version."""
        where = self._ask(f"{_API}/model-versions/get-download-uri", name=version.name, version=version.version)[
            "artifact_uri"
        ]
        root = urlsplit(where)
        if root.scheme != "mlflow-artifacts":
            raise RegistryError(
                f"the registry keeps artifacts at {root.scheme}: instead of serving them "
                "(mlflow server --serve-artifacts)"
            )
        return [self._get(f"{_ARTIFACTS}/{quote(root.path.strip('/'))}/{quote(file)}") for file in files]

    def _ask(self, path: str, **query: str) -> dict[str, Any]:
        body = self._get(f"{path}?{urlencode(query)}")
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise RegistryError(f"what answers at {self.address} is not MLflow")
        return answer

    def _get(self, path: str) -> bytes:
        request = urllib.request.Request(self.address + path, headers=self._headers)  # noqa: S310 - http(s) only
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                body: bytes = answer.read(MAX_BYTES + 1)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error.code, error.read(65_536)) from None
        except (OSError, HTTPException) as error:
            raise RegistryUnreachable(f"the model registry at {self.address} cannot be reached") from error
        if len(body) > MAX_BYTES:
            raise RegistryError(f"{path.rpartition('/')[2]} is too large for a model")
        return body

    def _refusal(self, status: int, body: bytes) -> RegistryError:
        try:
            answer = json.loads(body)
            code, message = answer["error_code"], str(answer["message"])
        except (ValueError, TypeError, KeyError):
            return RegistryUnreachable(f"the model registry at {self.address} answers with status {status}")
        # An alias that is not set is an INVALID_PARAMETER_VALUE to MLflow, told apart by its words alone.
        if code == "RESOURCE_DOES_NOT_EXIST" and "Registered Model" in message:
            return NoChampion("no model has been registered yet")
        if "alias" in message and "not found" in message:
            return NoChampion("no version of the model has been promoted")
        return RegistryError(f"the model registry at {self.address} answers: {message}")
