"""Starts the pods of an overlay with Docker, held as the manifests say, where no cluster is at hand.

Each container runs with its pod's user, read-only root, dropped capabilities, limits, variables and volumes. A server
has a network of its own that only those join whom the network policies let in: a conversation that a policy forgot
fails here too. What is not shown: scheduling, services' addresses, rolling updates.
"""

import argparse
import http.client
import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from argus_local.kubernetes import containers, network
from argus_local.kubernetes.manifests import K8S, Manifest, Pod, of_kind, pods, render, selects

BATCH = 200

ORDER = ("postgres", "redis", "migrate", "mlflow", "web", "worker", "sweep")


class Failed(Exception):
    """A pod did not do what it must; the message has its last words."""


def docker(*words: str, check: bool = True) -> str:
    """Run docker; its output."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise Failed(f"docker {words[0]} {words[1] if len(words) > 1 else ''}: {done.stderr.strip()}")
    return done.stdout.strip()


class Rehearsal:
    """The pods of one rendering on this machine."""

    def __init__(self, manifests: list[Manifest], name: str, *, tag: str | None = None) -> None:
        self.name = name
        self.tag = tag
        self.folder = Path(tempfile.gettempdir()) / name
        self.manifests = manifests
        self.store = containers.Store(manifests)
        self.pods = {pod.name: pod for pod in pods(manifests)}
        self.edges = {edge for edge in network.edges(manifests) if {edge.client, edge.server} <= self.pods.keys()}
        self.servers = sorted({edge.server for edge in self.edges} | {"proxy"})

    def up(self) -> None:
        """Networks, then pods in an order that does not wait long. Any order would do."""
        for server in self.servers:
            docker("network", "create", "--internal", f"{self.name}-{server}")
        for name in [*ORDER, *sorted(self.pods.keys() - {*ORDER, "trainer"})]:
            self.start(name)
            self.await_ready(name)

    def start(self, name: str) -> None:
        """The pod's init containers to their end, then its container."""
        pod = self.pods[name]
        folder = self.folder / "pods" / name
        containers.clear(folder)
        mounted = containers.volumes(pod, self.store, folder, self.folder / "claims")
        for init in pod.spec.get("initContainers", []):
            self._create(pod, init, mounted, f"{self.name}-{name}-{init['name']}")
            self._run_to_end(f"{self.name}-{name}-{init['name']}")
        self._create(pod, pod.containers[0], mounted, f"{self.name}-{name}")
        if pod.runs_to_an_end:
            self._run_to_end(f"{self.name}-{name}")
        else:
            docker("start", f"{self.name}-{name}")

    def delete(self, name: str) -> None:
        """As `kubectl delete pod`: stopped in good time, all that it had on the node gone, its claims kept."""
        grace = self.pods[name].spec.get("terminationGracePeriodSeconds", 30)
        docker("stop", "--time", str(grace), f"{self.name}-{name}")
        docker("rm", "--force", f"{self.name}-{name}")

    def await_ready(self, name: str) -> None:
        """Until the pod's own probes are content."""
        pod = self.pods[name]
        if pod.runs_to_an_end:
            return
        container = pod.containers[0]
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = container[kind]
            until = time.monotonic() + probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)
            while not self._probe(pod, probe):
                if docker("inspect", "--format", "{{.State.Running}}", f"{self.name}-{name}") != "true":
                    raise Failed(f"{name} has ended\n{self.logs(name)}")
                if time.monotonic() > until:
                    raise Failed(f"{name}: its {kind} fails\n{self.logs(name)}")
                time.sleep(1)

    def logs(self, name: str) -> str:
        """A container's last words."""
        done = subprocess.run(
            ["docker", "logs", "--tail", "30", f"{self.name}-{name}"], capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    def address(self, name: str) -> str:
        """Where the pod is reached from this machine."""
        found = docker(
            "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", f"{self.name}-{name}"
        )
        return found.split()[0]

    def execute(self, name: str, *command: str) -> str:
        """As `kubectl exec`."""
        return docker("exec", f"{self.name}-{name}", *command)

    def down(self) -> None:
        """Everything of this rehearsal away."""
        for container in docker("ps", "--all", "--quiet", "--filter", f"name=^{self.name}-").split():
            docker("rm", "--force", "--volumes", container, check=False)
        for found in docker("network", "ls", "--quiet", "--filter", f"name=^{self.name}-").split():
            docker("network", "rm", found, check=False)
        containers.clear(self.folder)

    def _create(self, pod: Pod, container: dict[str, Any], mounted: dict[str, Path], name: str) -> None:
        docker("rm", "--force", name, check=False)
        if self.tag and container["image"].startswith("argus/"):
            container = container | {"image": f"{container['image'].rpartition(':')[0]}:{self.tag}"}
        docker(
            "create", "--name", name, "--network", "none", *containers.arguments(pod, container, self.store, mounted)
        )
        docker("network", "disconnect", "none", name)
        own = [edge.server for edge in self.edges if edge.client == pod.name]
        for server in sorted({*own, *({pod.name} & set(self.servers))}):
            aliases = (
                [word for alias in self._aliases(pod) for word in ("--alias", alias)] if server == pod.name else []
            )
            docker("network", "connect", *aliases, f"{self.name}-{server}", name)

    def _aliases(self, pod: Pod) -> list[str]:
        services = of_kind(self.manifests, "Service")
        return [
            each["metadata"]["name"]
            for each in services
            if selects({"matchLabels": each["spec"]["selector"]}, pod.labels)
        ]

    def _run_to_end(self, container: str) -> None:
        docker("start", container)
        status = docker("wait", container)
        if status != "0":
            raise Failed(f"{container} ended with {status}\n{self.logs(container.removeprefix(self.name + '-'))}")

    def _probe(self, pod: Pod, probe: dict[str, Any]) -> bool:
        if "exec" in probe:
            command = ["docker", "exec", f"{self.name}-{pod.name}", *probe["exec"]["command"]]
            return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
        asked = probe.get("httpGet") or probe["tcpSocket"]
        port = pod.ports.get(asked["port"], asked["port"])
        try:
            connection = http.client.HTTPConnection(
                self.address(pod.name), port, timeout=probe.get("timeoutSeconds", 1)
            )
            connection.connect()
            if "httpGet" not in probe:
                return True
            connection.request(
                "GET", asked["path"], headers={each["name"]: each["value"] for each in asked.get("httpHeaders", [])}
            )
            return 200 <= connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False


class Client:
    """A bank's system that submits through the proxy, and sends again what was not answered."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal
        made = rehearsal.execute("web", "python", "-m", "argus_web", "api_key_create", "--client", "rehearsal")
        self._key = made.splitlines()[-1]
        self.sent = 0
        self.again = 0
        self.model: str | None = None

    def submit(self) -> None:
        """A batch, until it is answered."""
        base = f"r{secrets.token_hex(4)}"
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        batch = [
            {"transaction_id": f"{base}-{number}", "occurred_at": now, "customer_id": f"c-{number % 40}",
             "amount": f"{10 + number}.00", "currency": "EUR", "type": "card_payment"}
            for number in range(BATCH)
        ]  # fmt: skip
        for _ in range(120):
            status, answer = self._ask("POST", "/api/v1/transactions/batch", json.dumps(batch))
            if status == 200:
                if answer["accepted"] + answer["duplicates"] != BATCH:
                    raise Failed(f"a batch was answered with {answer}")
                self.sent += BATCH
                return
            self.again += 1
            time.sleep(1)
        raise Failed(f"a batch was not taken for two minutes; the last answer was {status}")

    def await_decisions(self) -> int:
        """Until there are as many as transactions were accepted."""
        until = time.monotonic() + 120
        while (decided := self.decided()) != self.sent:
            if time.monotonic() > until:
                raise Failed(f"{self.sent} were accepted and {decided} decided")
            time.sleep(1)
        return decided

    def decided(self) -> int:
        """How many decisions there are."""
        found, after = 0, ""
        while True:
            status, answer = self._ask("GET", f"/api/v1/decisions?limit=1000{after}")
            if status != 200:
                return -1
            if not answer["decisions"]:
                return found
            found += len({each["transaction_id"] for each in answer["decisions"]})
            self.model = answer["decisions"][-1]["model_version"]
            after = f"&after={answer['next']}"

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
        try:
            connection = http.client.HTTPConnection(self._rehearsal.address("proxy"), 8080, timeout=30)
            connection.request(
                method, path, body, {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            )
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if answer.status == 200 else {}
        except (OSError, http.client.HTTPException, Failed):
            return 0, {}


def rehearse(rehearsal: Rehearsal) -> dict[str, Any]:
    """Up, a stream decided, each pod deleted once in its midst, everything decided; the figures."""
    begun = time.monotonic()
    rehearsal.up()
    up = time.monotonic() - begun
    client = Client(rehearsal)
    client.submit()
    for name in sorted(rehearsal.pods.keys() - {"migrate", "trainer"}):
        client.submit()
        rehearsal.delete(name)
        if name not in {"proxy", "web", "postgres"}:
            client.submit()
        rehearsal.start(name)
        rehearsal.await_ready(name)
        client.submit()
        sys.stderr.write(f"{name} was deleted and is back\n")
    rehearsal.start("migrate")
    rehearsal.start("trainer")
    decided = client.await_decisions()
    # The workers take up within seconds what the trainer has promoted.
    until = time.monotonic() + 120
    while client.model is None:
        if time.monotonic() > until:
            raise Failed("the model that was trained is not in force")
        client.submit()
        decided = client.await_decisions()
    return {
        "up_seconds": round(up, 1),
        "accepted": client.sent,
        "decided": decided,
        "sent_again": client.again,
        "model_version": client.model,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="scripts/rehearse", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=K8S / "overlays/dev", help="what to render")
    parser.add_argument("--tag", help="of the images that this repository builds, instead of the overlay's")
    parser.add_argument("--keep", action="store_true", help="leave everything running")
    parser.add_argument("--down", metavar="NAME", help="take away what an earlier run left")
    options = parser.parse_args(argv)
    name = options.down or f"argus-rehearsal-{secrets.token_hex(3)}"
    rehearsal = Rehearsal(render(options.folder), name, tag=options.tag)
    if options.down:
        rehearsal.down()
        return 0
    try:
        print(json.dumps(rehearse(rehearsal)))
    except Failed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    finally:
        if options.keep:
            sys.stderr.write(f"left running: {name}\n")
        else:
            rehearsal.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
