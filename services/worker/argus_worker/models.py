"""Follows the registry's alias: the model in force is at hand at all times, without asking anybody."""

import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

import structlog
from argus_engine.model import FILES, AnomalyModel, ModelError, SchemaMismatch
from argus_records.names import ModelRegistry

from argus_worker.model_cache import ModelCache
from argus_worker.registry import NoChampion, RegisteredVersion, Registry, RegistryError

log = structlog.get_logger(__name__)

# How long a starting process waits for its first look at the registry before it decides without.
FIRST_LOOK_SECONDS: Final = 5.0


def fetched(registry: Registry, found: RegisteredVersion, folder: Path) -> AnomalyModel:
    """A registered version, its files in ``folder``.

    Raises RegistryError, SchemaMismatch for a model on other features, ModelError for what is not what was registered.
    """
    for file, content in zip(FILES, registry.fetch(found, *FILES), strict=True):
        (folder / file).write_bytes(content)
    try:
        model = AnomalyModel.load(folder, found.version)
    except ModelError as error:
        raise type(error)(f"version {found.version} is refused: {error}") from error
    if found.tags.get(ModelRegistry.DIGEST_TAG) not in {None, model.digest}:
        raise ModelError(f"version {found.version} is refused: its files are not those that were registered")
    return replace(model, trained_at=found.created_at)


class ModelFollower:
    """A daemon thread that looks at the alias every ``poll_seconds`` and takes up the version it names.

    Whatever goes wrong, the last good model stays in use, across restarts from ``cache_dir``, and
    :attr:`current` says so. A thread does not survive a fork: start it in the process that scores.
    """

    def __init__(self, tracking_uri: str | None, name: str, cache_dir: Path, poll_seconds: float = 20.0) -> None:
        self._registry = Registry(tracking_uri) if tracking_uri else None
        self._name = name
        self._cache = ModelCache(cache_dir, name)
        self._poll_seconds = poll_seconds
        self._stop = threading.Event()
        self._looked = threading.Event()
        self._thread: threading.Thread | None = None
        # The version that was refused for its feature schema, and why: it will not change, so ask once.
        self._unknown: tuple[RegisteredVersion, str] | None = None
        # Replaced as a whole, so that a reader needs no lock.
        self._current: tuple[AnomalyModel | None, str | None] = (None, "no model has been loaded yet")

    @property
    def current(self) -> tuple[AnomalyModel | None, str | None]:
        """The model to score with, if any, and what there is to say about it. Never waits."""
        return self._current

    def start(self) -> None:
        """Take the last good model from disk, look at the registry once, then go on in a thread."""
        self.restore()
        self._thread = threading.Thread(target=self._run, name="model-follower", daemon=True)
        self._thread.start()
        self._looked.wait(FIRST_LOOK_SECONDS)

    def stop(self) -> None:
        """End the thread. One that waits for the network is left to end with the process."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=1.0)

    def restore(self) -> None:
        """Take up the model that the cache holds, until the registry has been heard."""
        try:
            model = self._cache.load()
        except (ModelError, OSError) as error:
            log.warning("cached model refused", error=str(error))
            return
        if model is not None:
            self._take(model, self._kept(model, "the model registry has not been heard yet"))

    def poll(self) -> None:
        """Look once."""
        try:
            if self._registry is None:
                raise RegistryError("no model registry is configured")
            self._follow(self._registry, self._registry.by_alias(self._name, ModelRegistry.CHAMPION))
        except (RegistryError, ModelError) as error:
            reason = str(error)
            if isinstance(error, NoChampion) and self._current[0] is not None:
                reason = "the model registry names no champion any more"
            self._say(reason)

    def _follow(self, registry: Registry, found: RegisteredVersion) -> None:
        model = self._current[0]
        digest = found.tags.get(ModelRegistry.DIGEST_TAG)
        if model is not None and model.version == found.version and digest in {None, model.digest}:
            self._take(replace(model, trained_at=found.created_at), None)
            return
        if self._unknown is not None and found == self._unknown[0]:
            raise SchemaMismatch(self._unknown[1])
        with tempfile.TemporaryDirectory(prefix="argus-model-") as folder:
            new = self._load(registry, found, Path(folder))
            self._take(new, None)
            log.info("model in force", version=new.version, digest=new.digest)
            try:
                self._cache.keep(Path(folder), new)
            except (OSError, ModelError) as error:
                log.warning("model not kept on disk", error=str(error))

    def _load(self, registry: Registry, found: RegisteredVersion, folder: Path) -> AnomalyModel:
        try:
            return fetched(registry, found, folder)
        except SchemaMismatch as error:
            self._unknown = (found, str(error))
            raise

    def _take(self, model: AnomalyModel, note: str | None) -> None:
        if note is None:
            self._unknown = None
        self._current = (model, note)

    def _say(self, reason: str) -> None:
        model = self._current[0]
        note = self._kept(model, reason) if model is not None else reason
        if note != self._current[1]:
            log.warning("model not followed", reason=note)
        self._current = (model, note)

    @staticmethod
    def _kept(model: AnomalyModel, reason: str) -> str:
        return f"{reason}; version {model.version} stays in use"

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.poll()
            except Exception:
                # The thread must outlive what nobody foresaw; the model in force stays.
                log.exception("looking at the model registry failed")
                self._say("the model registry's answer could not be handled")
            self._looked.set()
            self._stop.wait(self._poll_seconds)
