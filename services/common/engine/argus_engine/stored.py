"""Arrays in .npz files: the same arrays give the same bytes, and reading them never runs code."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

# What numpy and zipfile raise for damaged files, and what checks raise.
DAMAGE: Final = (
    OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, MemoryError, RuntimeError,
    SyntaxError, struct.error, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip


def write(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write ``arrays`` to a .npz file."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read(path: Path, names: Iterable[str]) -> dict[str, Any]:
    """The arrays of a file that holds just ``names``. Raises one of DAMAGE for any other file."""
    found = read_any(path)
    if set(found) != set(names):
        raise ValueError("it holds other arrays than expected")
    return found


def read_any(path: Path) -> dict[str, Any]:
    """All arrays of a file. Raises one of DAMAGE for what is none."""
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def number(found: Any, dtype: type) -> Any:
    """The single number of ``dtype`` in an array that :func:`read` gave."""
    if (found.shape, found.dtype) != ((), dtype):
        raise ValueError(f"it has no single {np.dtype(dtype)} where one belongs")
    return found.item()
