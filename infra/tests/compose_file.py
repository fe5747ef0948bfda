"""compose.yaml as the tests look at it."""

import re
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
TEXT: Final = (ROOT / "compose.yaml").read_text()
COMPOSE: Final[dict[str, Any]] = yaml.safe_load(TEXT)
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
# They run to their end before others start.
TASKS: Final = frozenset({"secrets", "roles", "migrate"})
# What a service reads of the volume of secrets by way of a file that is mounted into it.
BY_WAY_OF: Final = {"redis": "infra/redis/redis.conf", "roles": "infra/postgres/roles.sql"}


def dockerfile(service: dict[str, Any]) -> str:
    """The Dockerfile of the service's image; empty if the image is not ours."""
    for other in SERVICES.values():
        if "build" in other and other["image"] == service["image"]:
            return (ROOT / other["build"]["dockerfile"]).read_text()
    return ""


def read_secrets(name: str) -> set[str]:
    """Which files of the volume of secrets a service reads."""
    text = yaml.safe_dump(SERVICES[name])
    if name in BY_WAY_OF:
        text += (ROOT / BY_WAY_OF[name]).read_text()
    return set(re.findall(r"/run/argus/([\w.-]+)", text))


def laid_out() -> dict[str, str]:
    """The files that infra/secrets/make lays out, and the group that can read each."""
    made = (ROOT / "infra" / "secrets" / "make").read_text()
    return dict(re.findall(r"\blay ([\w.-]+) (\d+)", made))


def variables() -> dict[str, str]:
    """What compose.yaml takes from outside, with the defaults."""
    found: dict[str, str] = {}
    # Innermost first: a default may hold another variable.
    text = TEXT
    while match := re.search(r"\$\{(\w+)(?::-([^${}]*))?\}", text):
        name, default = match[1], match[2] or ""
        assert found.setdefault(name, default) == default, f"{name} has two defaults"
        text = text[: match.start()] + default + text[match.end() :]
    return found
