"""The pictures of the desk that the docs show."""

from pathlib import Path

import pytest
from argus_local import screenshots
from argus_local.demo import ACCOUNTS
from argus_local.desk_day import Day
from argus_local.programs import ROOT

MADE = Day(case=1, told=2, approval=3)


def test_every_picture_in_the_docs_is_one_that_is_taken() -> None:
    taken = [picture.name for picture in screenshots.pictures(MADE)]
    assert len(taken) == len(set(taken))
    assert {path.stem for path in (ROOT / "docs" / "images" / "desk").glob("*.png")} == set(taken)


def test_each_is_taken_by_somebody_whom_the_desk_knows() -> None:
    assert {picture.who for picture in screenshots.pictures(MADE)} == set(ACCOUNTS)


def test_without_a_demo_it_says_what_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["screenshots", "--data", str(tmp_path), "--out", str(tmp_path / "out")])
    assert screenshots.main() == 1
    assert "start scripts/demo first" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
