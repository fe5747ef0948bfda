"""The installed package's command line: what it insists on, and how an image's build collects static files with it."""

import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from argus_records.conf import Env
from argus_web.dashboard.storage import ModuleStorage
from django.test import Client

# As documented for builds: nothing of it is connected to.
BUILD = {
    "ARGUS_DEBUG": "1",
    "DATABASE_URL": "postgresql://none@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def run(*words: str, folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "argus_web", *words],
        env=settings, cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    done = run("collectstatic", "--noinput", folder=folder, ARGUS_STATIC_ROOT=str(folder / "static"), **BUILD)
    assert done.returncode == 0, done.stderr
    return folder / "static"


def test_a_build_collects_under_names_with_digests(collected: Path) -> None:
    paths = orjson.loads((collected / "staticfiles.json").read_bytes())["paths"]
    assert re.fullmatch(r"css/base\.[0-9a-f]{12}\.css", paths["css/base.css"])
    for name in paths.values():
        assert (collected / name).exists(), name
    # A module's imports too: a new one never meets an old one.
    page = (collected / paths["js/page.js"]).read_text()
    assert re.findall(r'from "(.+?)"', page)
    for name in re.findall(r'from "(.+?)"', page):
        assert re.search(r"\.[0-9a-f]{12}\.js$", name), name


@pytest.mark.stack
def test_they_are_served_for_good(gunicorn: Callable[..., str], collected: Path) -> None:
    url = gunicorn(ARGUS_STATIC_ROOT=str(collected))
    with urllib.request.urlopen(f"{url}/login/", timeout=15) as answer:
        names = re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.read().decode())
    assert len(names) > 4
    for name in names:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
        with urllib.request.urlopen(url + name, timeout=15) as answer:
            assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_without_collecting_they_have_their_plain_names(client: Client) -> None:
    assert ModuleStorage().hashed_files == {}
    assert 'href="/static/css/base.css"' in client.get("/login/").content.decode()


def test_by_hand_it_insists_on_a_secret(tmp_path: Path) -> None:
    settings = {name: value for name, value in BUILD.items() if name != "ARGUS_DEBUG"}
    done = run("check", folder=tmp_path, **settings)
    assert done.returncode != 0
    assert "ARGUS_SECRET_KEY is not set" in done.stderr


def test_a_secret_that_everybody_knows_is_refused_where_it_would_matter(tmp_path: Path) -> None:
    done = run("check", folder=tmp_path, ARGUS_HTTPS="1", **BUILD)
    assert done.returncode != 0
    assert "ARGUS_SECRET_KEY is one that everybody knows" in done.stderr
    done = run("check", folder=tmp_path, ARGUS_HTTPS="1", ARGUS_SECRET_KEY="r4nd0m" * 10, **BUILD)
    assert "everybody knows" not in done.stderr


def test_a_door_that_is_none_is_named(tmp_path: Path) -> None:
    done = run("check", folder=tmp_path, ARGUS_DOORS="mlflow,flour", **BUILD)
    assert done.returncode != 0
    assert "ARGUS_DOORS names 'flour'; expected some of mlflow, flower" in done.stderr
    assert Env({"ARGUS_DOORS": " mlflow, flower "}).words("ARGUS_DOORS", default="") == ["mlflow", "flower"]
