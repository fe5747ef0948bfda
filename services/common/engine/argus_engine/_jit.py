"""Numba's compiler with types, and the one way in which the engine uses it.

No fast-math: a result must not depend on how the compiler regroups a sum. The GIL is released, so a long batch does
not hold up the other threads of its process.

Compiled kernels are kept on disk. Numba looks at a function's own file to tell whether what it kept is still true, but
a kernel has its callees compiled in: so they are kept under a digest of all of the engine's sources.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def _cache_folder() -> str:
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(here.rglob("*.py")):
        digest.update(source.read_bytes())
    base = Path(os.environ.get("NUMBA_CACHE_DIR") or here / "__pycache__" / "numba")
    try:
        base.mkdir(parents=True, exist_ok=True)
        writable = os.access(base, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        base = Path(tempfile.gettempdir()) / f"argus-numba-{os.getuid()}"
    return str(base / digest.hexdigest()[:16])


cast(Any, numba.config).CACHE_DIR = _cache_folder()


def njit(function: Callable[P, R]) -> Callable[P, R]:
    """Compile at first call, keep the result on disk."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True)(function))
