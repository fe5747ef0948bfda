"""Proves on a real engine that the composed product starts by itself, keeps its doors shut, and loses nothing.

Runs under a project name and on ports of its own, beside whatever else there is, and removes what it made.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from argus_local import compose_tls, ports
from argus_local.client import wait_for_model
from argus_local.compose_doors import Doors
from argus_local.compose_load import Ledger
from argus_local.compose_upgrade import NAME, next_version, remove_images, upgrade
from argus_local.docker import DockerError, Project, docker
from argus_local.processes import StartError
from argus_local.say import say
from argus_local.signals import stop_on_signals
from argus_local.simulator import Stream

# Exit status where there is no engine to try it on.
NO_ENGINE: Final = 2
FIRST: Final = 2000
BATCH: Final = 500
WORKERS: Final = 3
MODEL_SECONDS: Final = 90
TARGETS_SECONDS: Final = 60
DOWN_SECONDS: Final = 3
# Of prometheus.yml.
JOBS: Final = 8
# The watchdog always fires: it shows that alerts get through.
FIRING: Final = 'count(ALERTS{alertstate="firing", alertname!~".*Watchdog"}) or vector(0)'
# As the application's role: what it may not do to the ledger.
FORBIDDEN: Final = (
    'UPDATE "transaction" SET amount = 1', "DELETE FROM decision", "TRUNCATE audit_event", "DROP TABLE label",
    "ALTER TABLE audit_event DISABLE TRIGGER ALL", "CREATE TABLE mine (id int)",
)  # fmt: skip
TAMPER: Final = """
import pathlib, sys, psycopg
with psycopg.connect(pathlib.Path("/run/argus/app-url").read_text(), autocommit=True) as connection:
    for statement in sys.stdin.read().splitlines():
        try:
            connection.execute(statement)
            print("done")
        except psycopg.Error as error:
            print(error.sqlstate)
"""
INSUFFICIENT_PRIVILEGE: Final = "42501"
# A server that ends an idle connection just as the client sends: whoever keeps connections sends again.
HUNG_UP: Final = {"RemoteProtocolError", "ReadError"}


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(prog="scripts/compose-smoke", description=__doc__)
    made.add_argument("--keep", action="store_true", help="leave it running, and say where")
    return made


def main() -> int:
    """Run the command line. The report is the last line of standard output."""
    options = parser().parse_args()
    try:
        docker("info")
        docker("compose", "version")
    except DockerError as error:
        print(f"This needs a Docker engine with Compose v2, and none answers here. {error}", file=sys.stderr)
        return NO_ENGINE
    with stop_on_signals(), tempfile.TemporaryDirectory(prefix="argus-compose-smoke-") as folder:
        smoke = ComposeSmoke(Path(folder))
        try:
            smoke.run()
        except StartError as error:
            smoke.check(False, str(error))
            say(smoke.logs())
        finally:
            if options.keep:
                say(f"Left running at {smoke.ledger.url}; docker compose --project-name {smoke.project.name} down -v")
            else:
                smoke.remove()
    print(json.dumps(smoke.report | smoke.ledger.account()), flush=True)
    return 1 if smoke.report["failures"] else 0


class ComposeSmoke:
    """One run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.http, self.https = ports.free_port(), ports.free_port()
        self.ledger = Ledger(f"http://127.0.0.1:{self.http}")
        self.version = f"smoke-{os.getpid()}"
        settings = {"ARGUS_HTTP_PORT": str(self.http), "ARGUS_HTTPS_PORT": str(self.https)}
        self.project = Project(f"argus-smoke-{os.getpid()}", settings | {"ARGUS_VERSION": self.version})
        self.report: dict[str, Any] = {"failures": [], "seconds": {}}

    def check(self, good: bool, text: str) -> None:
        """Note what is not as it must be."""
        if not good:
            self.report["failures"].append(text)
            say(f"FAILED: {text}")

    def run(self) -> None:
        """All of it, in the order in which one thing needs the other."""
        for step in (
            self.start, self.confinement, self.decide, self.model, self.tamper, self.doors, self.monitoring, self.scale,
            self.restart, self.down_and_up, self.killed, self.upgrade, self.back, self.new_secrets, self.tls,
        ):  # fmt: skip
            say(f"{step.__name__}: {step.__doc__}")
            started = time.monotonic()
            step()
            self.report["seconds"][step.__name__] = round(time.monotonic() - started, 1)

    def start(self) -> None:
        """One command, nothing before it, ends healthy."""
        self.project.up("--build")
        self.all_healthy()

    def all_healthy(self) -> None:
        """Every service is there: healthy, or a task that ended well."""
        found = set()
        for container in self.project.containers():
            service, state = self.project.service(container), container["State"]
            found.add(service)
            ended_well = state["Status"] == "exited" and state["ExitCode"] == 0
            healthy = state.get("Health", {}).get("Status") == "healthy"
            self.check(healthy or ended_well, f"{service} is {state['Status']}")
        wanted = set(self.project.compose("config", "--services").split())
        self.check(found == wanted, f"missing are {sorted(wanted - found)}")

    def confinement(self) -> None:
        """What compose.yaml says of rights, networks and ports is what the engine does."""
        for container in self.project.containers():
            service, host, net = self.project.service(container), container["HostConfig"], container["NetworkSettings"]
            published = [binding for bindings in net["Ports"].values() for binding in bindings or []]
            self.check(bool(published) == (service == "proxy"), f"{service} publishes {published}")
            self.check(all(binding["HostIp"] == "127.0.0.1" for binding in published), "published beyond loopback")
            self.check(host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"], f"{service} is not confined")
            self.check(host["Memory"] > 0 and host["PidsLimit"] > 0, f"{service} has no limits")
        for name, wanted in (("web", True), ("mlflow", True), ("postgres", False), ("redis", False)):
            try:
                self.project.compose("exec", "-T", "proxy", "getent", "ahosts", name)
                known = True
            except DockerError:
                known = False
            self.check(known == wanted, f"the proxy {'reaches' if known else 'does not reach'} {name}")

    def decide(self) -> None:
        """Transactions go in by the proxy, singly and in bulk, and are decided."""
        said = self.project.manage("api_key_create", "--client", "test", "--rate-limit", "100000")
        self.ledger.key = said.splitlines()[-1]
        start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=30)
        bodies = [event.body for event in islice(Stream(seed=7, customers=100, start=start), FIRST)]
        with self.ledger.client() as client:
            for low in range(0, len(bodies), BATCH):
                answered = client.submit_batch(bodies[low : low + BATCH])
                self.check(answered["accepted"] == BATCH, f"a batch was answered with {answered}")
            body = {**bodies[0], "transaction_id": "waits", "occurred_at": datetime.now(UTC).isoformat()}
            answer = client.submit(body, prefer="wait=5")
            self.check(answer.status_code == 200, f"waiting for a decision was answered with {answer.status_code}")
            for path, wanted in (("/metrics", 404), ("/healthz", 200), ("/readyz", 200), ("/version", 200)):
                status = client.get(path).status_code
                self.check(status == wanted, f"{path} is answered with {status}, not {wanted}")
        self.ledger.accepted |= {body["transaction_id"] for body in bodies} | {"waits"}
        self.ledger.decisions()

    def model(self) -> None:
        """A training registers a version with MLflow, and the workers follow it."""
        self.project.compose("run", "--rm", "--no-deps", "trainer", "python", "-m", "argus_trainer", "--once")
        self.report["model_version"] = self.model_in_force()

    def model_in_force(self) -> str | None:
        """The version that takes part in decisions."""
        with self.ledger.client() as client:
            version, sent = wait_for_model(client, seconds=MODEL_SECONDS, prefix=f"model-{len(self.ledger.accepted)}")
        self.ledger.accepted |= set(sent)
        self.check(version is not None, "no model took part in a decision")
        return version

    def tamper(self) -> None:
        """The application's role cannot change what is append-only."""
        said = self.project.compose("exec", "-T", "web", "python", "-c", TAMPER, stdin="\n".join(FORBIDDEN)).split()
        for statement, answer in zip(FORBIDDEN, said, strict=True):
            self.check(answer == INSUFFICIENT_PRIVILEGE, f"{statement!r} as the application's role: {answer}")

    def doors(self) -> None:
        """Each role passes its doors and no other."""
        for fault in Doors(self.project, self.ledger.url).faults():
            self.check(False, fault)

    def monitoring(self) -> None:
        """Prometheus reaches everybody, and nothing that it watches is wrong."""
        until = time.monotonic() + TARGETS_SECONDS
        while (down := self.project.prometheus("count(up == 0) or vector(0)")) != "0":
            if time.monotonic() > until:
                break
            time.sleep(1)
        self.check(down == "0", f"Prometheus does not reach {down} of its targets")
        jobs = self.project.prometheus("count(count by (job) (up))")
        self.check(jobs == str(JOBS), f"Prometheus knows {jobs} jobs, not {JOBS}")
        firing = self.project.prometheus(FIRING)
        self.check(firing == "0", f"{firing} alerts are firing")

    def scale(self) -> None:
        """Three workers share the work, each of them seen by Prometheus."""
        with self.ledger.loaded("scale"):
            self.project.up("--no-recreate", "--scale", f"worker={WORKERS}")
            self.check(len(self.project.containers("worker")) == WORKERS, "there are not three workers")
            until = time.monotonic() + TARGETS_SECONDS
            while (seen := self.project.prometheus('count(up{job="worker"} == 1)')) != str(WORKERS):
                if time.monotonic() > until:
                    raise StartError(f"Prometheus sees {seen} workers")
                time.sleep(1)

    def restart(self) -> None:
        """Everything is restarted at once, under load."""
        with self.ledger.loaded("restart"):
            self.project.compose("restart", "--timeout", "30")
            self.project.up("--no-recreate", "--scale", f"worker={WORKERS}")
        self.all_healthy()

    def down_and_up(self) -> None:
        """Without -v nothing is forgotten: transactions, decisions, keys, the model."""
        before, model = self.ledger.decisions(), self.report["model_version"]
        self.project.compose("down", "--timeout", "30")
        self.project.up()
        self.all_healthy()
        self.check(self.ledger.decisions() == before, "decisions are others after down and up")
        self.check((found := self.model_in_force()) == model, f"the model in force is {found}, not {model}")

    def killed(self) -> None:
        """Worker and Redis are killed in the middle of the work, and started again."""
        with self.ledger.loaded("killed"):
            for service in ("worker", "redis"):
                for container in self.project.containers(service):
                    docker("kill", "--signal", "KILL", container["Id"])
                # Meanwhile transactions are accepted, and wait.
                time.sleep(DOWN_SECONDS)
                self.project.up("--no-recreate")
        self.all_healthy()

    def upgrade(self) -> None:
        """New images with a new migration replace web and worker under load, and nobody needs to send again."""
        version = next_version(self.project, self.folder)
        self.project.settings["ARGUS_VERSION"] = version
        with self.ledger.loaded("upgrade"):
            upgrade(self.project)
        self.answered("upgrade", version)
        applied = self.project.manage("showmigrations", "records")
        self.check(any(NAME in line and "[X]" in line for line in applied.splitlines()), "the migration is missing")
        self.all_healthy()

    def answered(self, name: str, version: str) -> None:
        """Nobody was refused, and the version is the one that was to come."""
        said = self.ledger.loads[name]["sent_again"]
        refused = said.keys() - HUNG_UP
        self.check(not refused, f"clients were refused during {name}: {said}")
        with self.ledger.client() as client:
            found = client.get("/version").json()["code_version"]
        self.check(found == version, f"the version that answers is {found}, not {version}")

    def back(self) -> None:
        """The version before comes back in the same way, and leaves the new schema."""
        self.project.settings["ARGUS_VERSION"] = self.version
        with self.ledger.loaded("back"):
            upgrade(self.project)
        self.answered("back", self.version)
        self.all_healthy()

    def new_secrets(self) -> None:
        """A secret is made anew, then all of them are lost: nothing else is."""
        before = self.ledger.decisions()
        self.project.compose("run", "--rm", "secrets", "--anew", "redis")
        self.project.up("--force-recreate")
        self.all_healthy()
        self.project.compose("down", "--timeout", "30")
        docker("volume", "rm", f"{self.project.name}_secrets")
        self.project.up()
        self.all_healthy()
        self.check(self.ledger.decisions() == before, "decisions are others with new secrets")

    def tls(self) -> None:
        """With a certificate all of it is https, and http leads there."""
        folder = compose_tls.certificate(self.folder / "tls")
        self.project.settings |= {"ARGUS_TLS_DIR": str(folder), "ARGUS_HTTPS": "1"}
        self.project.up()
        for fault in compose_tls.faults(self.project, self.http, self.https, folder / "tls.crt"):
            self.check(False, fault)

    def logs(self) -> str:
        """The end of what everybody said."""
        try:
            return self.project.compose("logs", "--no-color", "--tail", "15")
        except DockerError as error:
            return str(error)

    def remove(self) -> None:
        """Everything that this run made."""
        say("Removing all of it")
        self.project.remove()
        left = self.project.left()
        self.check(not left, f"left behind: {left}")
        remove_images(self.version, f"{self.version}-next")


if __name__ == "__main__":
    sys.exit(main())
