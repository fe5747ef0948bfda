"""Numba's compiler with types, and the one way in which the engine uses it.

No fast-math: a result must not depend on how the compiler regroups a sum. The GIL is released, so a long batch does
not hold up the other threads of its process.

Compiled kernels are kept on disk. Numba looks at a function's own file to tell whether what it kept is still true, but
a kernel has its callees compiled in: so they are kept under a digest of all of the engine's sources.

Numba insists on a folder that it may write to. Where the given one is read-only, as in an image that brings its kernels
compiled, they are copied to a temporary folder: a megabyte instead of some ten seconds of compiling.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def _cache_folder() -> Path:
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(here.rglob("*.py")):
        digest.update(source.read_bytes())
    name = digest.hexdigest()[:16]
    base = Path(os.environ.get("NUMBA_CACHE_DIR") or here / "__pycache__" / "numba")
    with suppress(OSError):
        base.mkdir(parents=True, exist_ok=True)
    if os.access(base, os.W_OK):
        return base / name
    folder = _own_folder() / name
    _copy(base / name, folder)
    return folder


def _own_folder() -> Path:
    """A temporary folder that lasts from start to start. Code is loaded from it: nobody else may write there."""
    folder = Path(tempfile.gettempdir()) / f"argus-numba-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022:
        return folder
    return Path(tempfile.mkdtemp(prefix="argus-numba-"))


def _copy(kept: Path, folder: Path) -> None:
    """Whole or not at all: another process may look at the same moment."""
    if folder.exists() or not kept.is_dir():
        return
    with tempfile.TemporaryDirectory(dir=folder.parent) as incoming, suppress(OSError):
        shutil.copytree(kept, Path(incoming) / "kernels").rename(folder)


cast(Any, numba.config).CACHE_DIR = str(_cache_folder())


def njit(function: Callable[P, R]) -> Callable[P, R]:
    """Compile at first call, keep the result on disk."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True)(function))
