"""Where compiled kernels are kept."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from argus_engine import _jit

# Runs as a program of its own: a kernel is compiled once in a process.
COUNT = """
import os
refuse = os.environ["REFUSE"]
access = os.access
os.access = lambda path, mode, **more: not str(path).startswith(refuse) and access(path, mode, **more)
from argus_engine.live import warmup
from numba.core import event
with event.install_recorder("numba:compile") as recorder:
    warmup()
print(len(recorder.buffer))
"""


def compiled(tmp_path: Path, kernels: Path, *, read_only: bool) -> int:
    env = os.environ | {
        "NUMBA_CACHE_DIR": str(kernels), "TMPDIR": str(tmp_path / "tmp"), "REFUSE": str(kernels) if read_only else "-",
    }  # fmt: skip
    (tmp_path / "tmp").mkdir(exist_ok=True)
    done = subprocess.run([sys.executable, "-c", COUNT], env=env, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_kernels_that_cannot_be_written_beside_are_copied_and_used(tmp_path: Path) -> None:
    kernels = tmp_path / "kernels"
    assert compiled(tmp_path, kernels, read_only=False) > 0
    assert compiled(tmp_path, kernels, read_only=True) == 0
    (copy,) = (tmp_path / "tmp").iterdir()
    assert copy.name == f"argus-numba-{os.getuid()}"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700


@pytest.fixture
def read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of kernels that cannot be written to, and another one for temporary files."""
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "kernels" not in str(path) and access(path, mode))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kernels"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path


def test_without_kernels_to_copy_they_are_compiled_there(read_only: Path) -> None:
    folder = _jit._cache_folder()
    assert folder.parent == read_only / "tmp" / f"argus-numba-{os.getuid()}"
    assert not folder.exists()


@pytest.mark.parametrize("how", ["link", "nowhere", "open"])
def test_code_is_not_loaded_from_a_folder_of_others(read_only: Path, how: str) -> None:
    usual = read_only / "tmp" / f"argus-numba-{os.getuid()}"
    if how == "link":
        (read_only / "theirs").mkdir()
        usual.symlink_to(read_only / "theirs")
    elif how == "nowhere":
        usual.symlink_to(read_only / "nothing")
    else:
        usual.mkdir()
        usual.chmod(0o777)
    folder = _jit._cache_folder()
    assert folder.parent != usual
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_a_folder_that_is_there_stays_as_it_is(read_only: Path) -> None:
    name = _jit._cache_folder().name
    kept = read_only / "kernels" / name
    kept.mkdir(parents=True)
    (kept / "kernel").write_text("old")
    folder = _jit._cache_folder()
    assert (folder / "kernel").read_text() == "old"
    (kept / "kernel").write_text("new")
    assert _jit._cache_folder() == folder
    assert (folder / "kernel").read_text() == "old"
    assert [path.name for path in folder.parent.iterdir()] == [name]
