"""What a data folder keeps to itself: passwords and keys, made once, readable by their owner alone."""

import json
import os
import secrets
from pathlib import Path
from typing import Final

NAME: Final = "secrets.json"


class SecretStore:
    """A small file of names and values."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def get(self, name: str) -> str | None:
        """What is kept under ``name``, if anything."""
        return self._read().get(name)

    def put(self, name: str, value: str) -> None:
        """Keep ``value``. Replaces the file as a whole: a start that is killed leaves the old or the new one."""
        half = self._path.with_suffix(".half")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self._read() | {name: value}, file)
        half.replace(self._path)

    def made(self, name: str, *, size: int = 12) -> str:
        """A random one of ``size`` bytes, made when it is first asked for."""
        known = self.get(name)
        if known is None:
            known = secrets.token_urlsafe(size)
            self.put(name, known)
        return known

    def _read(self) -> dict[str, str]:
        known: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}
        return known
