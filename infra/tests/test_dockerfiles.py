"""Dockerfiles: the same shape for all, and nothing in them that a reader would not expect."""

import re
from pathlib import Path

import pytest
from argus_records.names import Queue
from compose_file import ROOT, SERVICES

DOCKERFILES = sorted(ROOT.glob("services/*/Dockerfile")) + sorted(ROOT.glob("infra/*/Dockerfile"))
PYTHON = [path for path in DOCKERFILES if path.parent.name != "redis-exporter"]
KERNELS = [path for path in DOCKERFILES if path.parent.name in {"worker", "trainer"}]


def ids(path: Path) -> str:
    return path.parent.name


each = pytest.mark.parametrize("path", DOCKERFILES, ids=ids)


def stages(path: Path) -> list[str]:
    return re.split(r"^FROM ", path.read_text(), flags=re.MULTILINE)[1:]


def test_each_is_built_by_compose() -> None:
    built = {service["build"]["dockerfile"]: service for service in SERVICES.values() if "build" in service}
    assert {str(path.relative_to(ROOT)) for path in DOCKERFILES} == built.keys()
    for name, service in built.items():
        assert service["build"]["context"] == "."
        assert service["image"].startswith(f"argus/{Path(name).parent.name}:")


@each
def test_the_last_stage_is_a_plain_user_on_the_chosen_base(path: Path) -> None:
    text, last = path.read_text(), stages(path)[-1]
    assert len(stages(path)) >= 2
    assert text.startswith("#")
    assert "\nARG PYTHON_IMAGE=python:3.13-slim-trixie\n" in text
    assert last.split()[0] in {"${PYTHON_IMAGE}", "base"}
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE) == ["10001:10001"]
    assert "\nHEALTHCHECK " in last
    assert re.search(r"^(CMD|ENTRYPOINT) \[", last, re.MULTILINE)
    for label in ("title", "description", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in last


@each
def test_nothing_is_installed_in_the_last_stage(path: Path) -> None:
    last = stages(path)[-1]
    assert not re.search(r"\bpip\b|apt|curl|wget", last)
    assert not re.search(r"^ADD ", path.read_text(), re.MULTILINE)
    assert not re.search(r"^COPY \. ", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", PYTHON, ids=ids)
def test_packages_are_pinned_and_come_in_a_virtualenv(path: Path) -> None:
    text = path.read_text()
    assert "COPY --from=build /opt/venv /opt/venv" in stages(path)[-1]
    installs = re.findall(r"\bpip\b[^&\n]* install [^&\n]*", text)
    assert installs
    assert all("--require-hashes" in line or "--no-deps dist/" in line for line in installs), installs
    assert "--no-deps --no-build-isolation" in text or "pip wheel" not in text


@pytest.mark.parametrize("path", KERNELS, ids=ids)
def test_kernels_are_compiled_for_what_they_will_run_on(path: Path) -> None:
    base, build, final = stages(path)
    assert 'NUMBA_CPU_NAME=generic NUMBA_CPU_FEATURES=""' in base
    assert build.startswith("base AS build")
    assert final.startswith("base AS final")
    assert "NUMBA" not in build + final
    assert "COPY --from=build /opt/kernels /opt/kernels" in final


@each
def test_the_context_has_what_is_copied(path: Path) -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    for words in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+)$", path.read_text(), re.MULTILINE):
        for source in words.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(source == name or source.startswith(f"{name}/") for name in allowed), source


def test_flower_knows_the_queues() -> None:
    said = (ROOT / "infra/flower/celeryconfig.py").read_text()
    assert re.findall(r'Queue\("(\w+)"\)', said) == [Queue.SCORE, Queue.MAINTENANCE]
