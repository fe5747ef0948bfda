"""As root: data and programs go where the other user can reach them, and nobody else's folder is opened."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from argus_local import unprivileged
from argus_local.ports import free_port, release
from argus_local.processes import StartError
from argus_local.servers import postgres

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path("/var/tmp") / f"argus-test-{os.getpid()}"
    folder.mkdir(mode=0o755)
    monkeypatch.setattr(unprivileged, "REACHABLE", folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is shut and not ours, such as somebody's home."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(unprivileged, "ours", lambda candidate: candidate != folder)
    return folder


def test_a_folder_of_ours_is_opened_for_passing_through_only(tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700)
    assert unprivileged.data_folder(shut / "data") == shut / "data"
    assert shut.stat().st_mode & 0o777 == 0o701


def test_postgres_runs_though_its_folder_and_programs_are_shut(
    foreign: Path, reachable: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    server = postgres(foreign / "postgres", port=port, durable=False)
    for folder in (server.package, server.package.with_name(f"{server.package.name}.libs")):
        shutil.copytree(folder, foreign / folder.name, symlinks=True)
    server.package = foreign / server.package.name
    server.start()
    try:
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert reachable in server.data_dir.parents
        assert reachable in server.bin.parents
        assert server.log.parent == foreign
    finally:
        server.stop()
        release(port)
    assert foreign.stat().st_mode & 0o777 == 0o700
    told = capsys.readouterr().err
    assert f"its data is kept in {server.data_dir}" in told
    assert f"programs are copied to {server.package.parent}" in told
    again = postgres(foreign / "postgres", port=port, durable=False)
    again.delete()
    assert not server.data_dir.exists()


def test_a_prepared_folder_of_somebody_else_is_refused(foreign: Path, reachable: Path) -> None:
    home = reachable / "argus-0"
    home.mkdir()
    os.chown(home, 65534, 65534)
    with pytest.raises(StartError, match="belongs to somebody else"):
        unprivileged.data_folder(foreign / "postgres")
