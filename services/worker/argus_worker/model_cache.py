"""The last good model on disk: a worker that starts while the registry is down decides with it."""

import contextlib
import json
import os
import shutil
import stat
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from argus_engine.model import AnomalyModel, ModelError

_POINTER: Final = "current.json"
_INCOMING: Final = "incoming-"


class ModelCache:
    """One folder, shared by the worker processes of a machine.

    Each model lies in a folder named by its digest; a small file, replaced atomically, names the current
    one. Nobody but the owner may write there: what lies there takes part in decisions.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder / name

    def load(self) -> AnomalyModel | None:
        """The model kept last, or None; raises :class:`ModelError` if it is not what was kept."""
        try:
            pointer = json.loads((self._owned() / _POINTER).read_bytes())
            version, digest = str(pointer["version"]), str(pointer["digest"])
            trained_at = pointer.get("trained_at")
            trained_at = None if trained_at is None else float(trained_at)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise ModelError(f"the cached model cannot be read: {error}") from error
        model = AnomalyModel.load(self._folder / digest, version)
        if model.digest != digest:
            raise ModelError(f"the cached model has the digest {model.digest[:12]}, expected {digest[:12]}")
        return replace(model, trained_at=trained_at)

    def keep(self, files: Path, model: AnomalyModel) -> None:
        """Make ``model``, whose files lie in the folder ``files``, the current one and forget the others.

        Raises OSError or :class:`ModelError` when the cache cannot be written.
        """
        place = self._owned() / model.digest
        with tempfile.TemporaryDirectory(prefix=_INCOMING, dir=self._folder) as incoming:
            copy = shutil.copytree(files, Path(incoming) / "model")
            # What lies there already may have been damaged since; the new files are known to be right.
            shutil.rmtree(place, ignore_errors=True)
            with contextlib.suppress(OSError):  # another process has just kept the same model
                copy.rename(place)
            pointer = Path(incoming) / _POINTER
            pointer.write_text(
                json.dumps({"version": model.version, "digest": model.digest, "trained_at": model.trained_at})
            )
            pointer.replace(self._folder / _POINTER)
        for other in self._folder.iterdir():
            if other.is_dir() and other != place and not other.name.startswith(_INCOMING):
                shutil.rmtree(other, ignore_errors=True)

    def _owned(self) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self._folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
            raise ModelError(f"{self._folder} belongs to others or is writable by them")
        return self._folder
