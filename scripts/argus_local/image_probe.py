"""Runs inside an image (its Python reads it from standard input) and says what the image carries, as JSON.

Knows nothing but the standard library; what is right and wrong is decided outside, in image_policy. As root it looks
for leftovers only: some would lie where nobody else can look.
"""

import importlib.metadata
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COMPILERS = ("cc", "gcc", "g++", "c++", "clang", "tcc", "ld", "make", "cmake", "rustc", "go")
LEFTOVERS = ("/src", "/opt/build", "/root/.cache", "/tmp/pip-ephem-wheel-cache")
OURS = ("/opt", "/usr/local/bin/entrypoint")


def files(folder: str) -> Iterator[Path]:
    """All files and folders below one, and itself."""
    yield Path(folder)
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            yield Path(place, name)


def kernels() -> int | None:
    """How many of the engine's kernels had to be compiled at start; None where there is no engine."""
    try:
        from argus_engine.live import warmup
        from numba.core import event
    except ImportError:
        return None
    compiled = 0
    with event.install_recorder("numba:compile") as recorder:
        warmup()
    for _, happened in recorder.buffer:
        compiled += happened.is_start
    return compiled


def leftovers() -> dict[str, Any]:
    """What building left behind."""
    return {"leftovers": [name for name in LEFTOVERS if Path(name).exists()]}


def contents() -> dict[str, Any]:
    """What there is, and what the image's user can do with it."""
    places = map(str, Path("/opt/venv").glob("lib/python3*/site-packages"))
    names = {found.name or "" for found in importlib.metadata.distributions(path=list(places))}
    shipped = [path for folder in OURS for path in files(folder) if path.exists()]
    return {
        "uid": os.getuid(),
        "gid": os.getgid(),
        "python": sys.executable,
        "packages": sorted(re.sub("[-_.]+", "-", name).lower() for name in names),
        "compilers": [name for name in COMPILERS if shutil.which(name)],
        "tests": [str(path) for path in shipped if path.is_dir() and path.name == "tests"],
        # A link's own mode says nothing.
        "writable": [str(path) for path in shipped if not path.is_symlink() and os.access(path, os.W_OK)],
        "root_writable": os.access("/", os.W_OK),
        "kernels_compiled": kernels(),
    }


json.dump(leftovers() if os.getuid() == 0 else contents(), sys.stdout)
