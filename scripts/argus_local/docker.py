"""Docker and Compose, as a person would type them."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from argus_local.processes import StartError
from argus_local.programs import ROOT

# How much of what a failed command said is shown.
_SAID: Final = 3000


class DockerError(StartError):
    """A docker command failed; the message has the command and what it said."""


def docker(*words: str | Path, stdin: str | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run ``docker``; returns what it prints. Raises DockerError when it fails or is not there."""
    command = ["docker", *map(str, words)]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | dict(env or {}),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise DockerError("docker is not installed; docs/containers.md says what is needed") from error
    if done.returncode:
        raise DockerError(f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-_SAID:]}")
    return done.stdout


def inspect(kind: str, *names: str) -> list[dict[str, Any]]:
    """What the engine knows about images, containers, volumes or networks."""
    found: list[dict[str, Any]] = json.loads(docker(kind, "inspect", *names)) if names else []
    return found


class Project:
    """A Compose project of this checkout, apart from any other one on the machine."""

    def __init__(self, name: str, settings: Mapping[str, str]) -> None:
        self.name = name
        self.settings = dict(settings)

    def compose(self, *words: str | Path, stdin: str | None = None) -> str:
        """``docker compose ...``; a .env file of the checkout has no part in it."""
        options = ["--project-name", self.name, "--env-file", os.devnull, "--progress", "quiet"]
        return docker("compose", *options, *words, stdin=stdin, env=self.settings)

    def up(self, *words: str) -> None:
        """Start all of it, and wait until all of it is healthy."""
        self.compose("up", "--detach", "--wait", *words)

    def manage(self, *words: str, stdin: str = "") -> str:
        """Django's command line in a running web container."""
        return self.compose("exec", "-T", "web", "python", "-m", "argus_web", *words, stdin=stdin).strip()

    def containers(self, *services: str) -> list[dict[str, Any]]:
        """The containers of the services (default: of all), running or not."""
        return inspect("container", *self.compose("ps", "--all", "--quiet", *services).split())

    @staticmethod
    def service(container: Mapping[str, Any]) -> str:
        """Which service a container is of."""
        return str(container["Config"]["Labels"]["com.docker.compose.service"])

    def prometheus(self, query: str) -> str | None:
        """The value of a query that has one."""
        words = ["promtool", "query", "instant", "--format", "json", "http://127.0.0.1:9090/prometheus", query]
        found = json.loads(self.compose("exec", "-T", "prometheus", *words))
        return str(found[0]["value"][1]) if found else None

    def remove(self) -> None:
        """Containers, networks and volumes."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "30")

    def left(self) -> list[str]:
        """What is left of it on the engine."""
        label = f"label=com.docker.compose.project={self.name}"
        listed: Iterable[str] = (
            docker("container", "ls", "--all", "--quiet", "--filter", label),
            docker("volume", "ls", "--quiet", "--filter", label),
            docker("network", "ls", "--quiet", "--filter", label),
        )
        return [name for names in listed for name in names.split()]
