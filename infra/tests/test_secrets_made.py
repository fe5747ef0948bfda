"""infra/secrets/make: makes what is secret once, and gives each file to its own group."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from compose_file import ROOT, laid_out

MAKE = ROOT / "infra" / "secrets" / "make"


@pytest.fixture
def make(tmp_path: Path):
    """Runs the script; only root may give files to groups, so a stand-in notes what would be given."""
    programs, folder = tmp_path / "programs", tmp_path / "secrets"
    programs.mkdir()
    folder.mkdir()
    chgrp = programs / "chgrp"
    chgrp.write_text(f'#!/bin/sh\necho "$@" >>"{tmp_path}/given"\n')
    chgrp.chmod(0o755)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        env = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "ARGUS_SECRETS": str(folder)}
        return subprocess.run([MAKE, *words], env=env, capture_output=True, text=True, check=False)

    run.folder = folder
    run.given = lambda: dict(reversed(line.split()) for line in (tmp_path / "given").read_text().splitlines())
    return run


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_it_makes_them_once(make) -> None:
    assert make().returncode == 0
    first = content(make.folder)
    assert make().returncode == 0
    assert content(make.folder) == first


def test_every_secret_is_long_and_another_one(make) -> None:
    make()
    words = [path.read_text() for path in (make.folder / "keys").iterdir()]
    assert len(words) == len(set(words)) == 7
    assert all(len(word) == 64 and word.isalnum() for word in words)
    other = make.folder.parent / "other"
    make.folder.rename(other)
    make.folder.mkdir()
    make()
    assert not set(words) & {path.read_text() for path in (make.folder / "keys").iterdir()}


def test_each_file_is_for_its_group_alone(make) -> None:
    make()
    files = {path.name for path in make.folder.iterdir() if path.is_file()}
    assert files == laid_out().keys()
    assert make.given() == {f"{name}.half": group for name, group in laid_out().items()}
    for name in files:
        assert stat.S_IMODE((make.folder / name).stat().st_mode) == 0o440, name
    assert stat.S_IMODE((make.folder / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE(make.folder.stat().st_mode) == 0o711


def test_programs_are_given_what_they_understand(make) -> None:
    make()
    found = content(make.folder)
    app, redis = found["keys/app"], found["keys/redis"]
    assert found["app-url"] == f"postgresql://argus_app:{app}@postgres:5432/argus"
    assert found["redis-url"] == f"redis://:{redis}@redis:6379/0"
    assert json.loads(found["redis-exporter.json"]) == {"redis://redis:6379": redis}
    assert found["redis.conf"] == f"requirepass {redis}"
    assert f"\\set app '{app}'\n" in found["roles.psql"]


def test_one_is_made_anew(make) -> None:
    make()
    before = content(make.folder)
    assert make("--anew", "redis").returncode == 0
    after = content(make.folder)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"keys/redis", "redis.conf", "redis-password", "redis-url", "redis-exporter.json"}


@pytest.mark.parametrize("words", [("--anew", "nobody"), ("--anew",), ("--anew", "../app-url"), ("again",)])
def test_what_it_does_not_know_it_refuses(make, words: tuple[str, ...]) -> None:
    make()
    before = content(make.folder)
    done = make(*words)
    assert done.returncode == 2
    assert done.stderr
    assert content(make.folder) == before


def test_without_random_bytes_it_makes_nothing(make) -> None:
    head = make.folder.parent / "programs" / "head"
    head.write_text("#!/bin/sh\nexit 1\n")
    head.chmod(0o755)
    done = make()
    assert done.returncode == 1
    assert "No random bytes" in done.stderr
    assert not list((make.folder / "keys").iterdir())
