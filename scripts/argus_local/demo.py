"""The demo: everything for real on this machine, with a living stream of simulated customers."""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

import httpx

from argus_local import smoke
from argus_local.client import Client
from argus_local.processes import RefusedError, StartError
from argus_local.programs import ROOT
from argus_local.say import say
from argus_local.secret_store import NAME as SECRETS
from argus_local.signals import stop_on_signals
from argus_local.simulator import Event, Stream
from argus_local.stack import Stack

DATA: Final = ROOT / "var" / "demo"
# Enough people that each lives at a believable pace while all of them together make a lively stream: with fewer,
# honest customers would pile up payments until the velocity rules flag everybody.
CUSTOMERS: Final = 2000
# Simulated past, sent in bulk on the first start, so that customers have habits and the forest something to learn.
PAST: Final = 24_000
PAST_DAYS: Final = 7
BATCH: Final = 2000
# Transactions a second of the living stream.
RATE: Final = 2.0
# More frauds than in the past, so that there is something to see.
LIVE_FRAUD: Final = 0.006
# Frauds become known after a while; in the demo after minutes instead of weeks.
REPORTED_AFTER: Final = timedelta(minutes=3)
# One account for each role, named after it, all with the demo's one password.
ACCOUNTS: Final = ("officer", "supervisor", "auditor", "data_scientist", "ops", "administrator")


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Start Argus with everything it needs (PostgreSQL, Redis, MLflow, web, worker, trainer, Flower) "
        "on loopback, feed it a simulated stream, and print addresses and logins. Ctrl-C stops it all. A second start "
        "keeps the data.",
    )
    made.add_argument("--reset", action="store_true", help="forget the data of earlier starts first")
    made.add_argument("--port", type=int, metavar="N", help="port of dashboard and API (default: 8000, or a free one)")
    made.add_argument("--no-stream", action="store_true", help="start everything, send nothing")
    made.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="where data is kept (default: var/demo)")
    made.add_argument(
        "--smoke",
        action="store_true",
        help="unattended, in a throw-away folder: send 5,000 transactions, check every decision, print a JSON report "
        "as the last line; status 0 only if nothing was lost and a registered model took part",
    )
    return made


def main() -> int:
    """Run the demo until Ctrl-C."""
    options = parser().parse_args()
    with stop_on_signals():
        try:
            return smoke.run() if options.smoke else Demo(options).run()
        except StartError as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nEverything is stopped.", file=sys.stderr)
            return 0 if not options.smoke else 130


class Demo:
    """One start."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.data: Path = options.data.absolute()

    def run(self) -> int:
        """Start, fill on the first start, stream until Ctrl-C."""
        if self.options.reset and self.data.exists():
            self._reset()
        with Stack(self.data, web_port=self.options.port, say=say) as stack:
            stack.start()
            # For scripts/screenshots.
            stack.store.put("url", stack.url("web"))
            key = self._accounts(stack)
            with Client(stack.url("web"), key) as client:
                if not self.options.no_stream and stack.store.get("past") is None:
                    self._past(stack, client)
                self._tell(stack, key)
                self._live(stack, client)
        return 0

    def _reset(self) -> None:
        inside = {path.name for path in self.data.iterdir()}
        # What a start that never got far leaves is known too.
        if inside - {"logs", "lock"} and SECRETS not in inside:
            raise StartError(f"{self.data} is not a demo's data folder; nothing was deleted")
        Stack(self.data).delete()

    def _accounts(self, stack: Stack) -> str:
        known = stack.store.get("api_key")
        if known is not None:
            return known
        password = stack.store.made("officer_password")
        for role in ACCOUNTS:
            try:
                stack.manage(
                    "officer_create", "--username", role, "--role", role, "--password-env", "DEMO_PASSWORD",
                    DEMO_PASSWORD=password,
                )  # fmt: skip
            except StartError as error:
                # From a start that was broken off before the key was made. The password is the one that was kept.
                if "already" not in str(error):
                    raise
        key = stack.api_key(client="demo-bank")
        stack.store.put("api_key", key)
        return key

    def _past_from(self, stack: Stack) -> datetime:
        """When the simulated past begins. Always at midnight, so that every first start tells the same story.

        Kept before anything is sent: a start that was broken off sends the very same again, and Argus knows it.
        """
        kept = stack.store.get("past_from")
        if kept is None:
            midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            kept = (midnight - timedelta(days=PAST_DAYS)).isoformat()
            stack.store.put("past_from", kept)
        return datetime.fromisoformat(kept)

    def _past(self, stack: Stack, client: Client) -> None:
        now = datetime.now(UTC)
        events = list(islice(_simulation(self._past_from(stack)), PAST))
        say(f"Sending {len(events):,} transactions of the past weeks")
        for low in range(0, len(events), BATCH):
            client.submit_batch([event.body for event in events[low : low + BATCH]])
        for number, _ in enumerate(client.follow(until=len(events), seconds=300), 1):
            if number % 4000 == 0:
                say(f"{number:,} decided")
        known = [event for event in events if event.fraud and random.Random(event.at.isoformat()).random() < 0.7]
        client.label([_report(event, event.at + timedelta(days=2), now) for event in known])
        say("Training the first Isolation Forest, to be found in MLflow")
        try:
            stack.train()
        except RefusedError as error:
            say(f"The first model is not in force, rules decide alone. {error}")
        stack.store.put("past", "sent")

    def _tell(self, stack: Stack, key: str) -> None:
        web = stack.url("web")
        print(
            f"""
Argus is running.

  Dashboard   {web}/            sign in as officer / {stack.store.made("officer_password")}
              also with it: {", ".join(ACCOUNTS[1:])}
  API         {web}/api/v1/docs
  MLflow      {stack.url("mlflow")}
  Flower      {stack.url("flower")}
  Metrics     {web}/metrics
  Logs        {stack.logs}

A first transaction of your own:

  export ARGUS_KEY={key}
  curl -s {web}/api/v1/transactions -H "Authorization: Bearer $ARGUS_KEY" \\
    -H 'Content-Type: application/json' -H 'Prefer: wait=2' \\
    -d '{{"transaction_id": "mine-1", "occurred_at": "{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "customer_id": "c-00001",
         "amount": "9800.00", "currency": "EUR", "type": "cash_deposit", "channel": "branch", "country": "DE"}}'

Ctrl-C stops everything. The data stays in {self.data}.
""",
            flush=True,
        )

    def _live(self, stack: Stack, client: Client) -> None:
        """Real time: what the simulated customers do now, and reports of what turned out to be fraud."""
        events = self._now(self._past_from(stack))
        reports: list[tuple[float, Event]] = []
        while True:
            dead = stack.dead()
            if dead:
                logs = ", ".join(str(stack.logs / f"{name}.log") for name in dead)
                raise StartError(f"{', '.join(dead)} ended by itself; see {logs}. The rest was stopped.")
            if self.options.no_stream:
                time.sleep(1)
                continue
            event = next(events)
            try:
                client.submit(event.body).raise_for_status()
                if event.fraud and random.random() < 0.7:
                    reports.append((time.monotonic() + REPORTED_AFTER.total_seconds(), event))
                while reports and reports[0][0] < time.monotonic():
                    known = reports.pop(0)[1]
                    client.label([_report(known, datetime.now(UTC), datetime.now(UTC))])
            except httpx.HTTPError as error:
                say(f"A transaction was not taken: {error}")
            time.sleep(random.expovariate(RATE))

    def _now(self, since: datetime) -> Iterator[Event]:
        """The past's stream carried on, at its own pace and told as if it happened now.

        Simulated time runs faster than ours; only its order matters here.
        """
        stream = _simulation(since)
        for _ in islice(stream, PAST):
            pass
        stream.fraud = LIVE_FRAUD
        session = f"live-{datetime.now(UTC):%y%m%d%H%M%S}"
        for number, event in enumerate(stream, 1):
            said = {"transaction_id": f"{session}-{number}", "occurred_at": datetime.now(UTC).isoformat()}
            yield Event(event.body | said, event.at, event.fraud)


def _simulation(start: datetime) -> Stream:
    return Stream(seed=1, customers=CUSTOMERS, start=start, prefix="past")


def _report(event: Event, observed: datetime, now: datetime) -> dict[str, str]:
    return {
        "transaction_id": event.body["transaction_id"],
        "label": event.label,
        "source": "chargeback" if event.body["type"] == "card_payment" else "customer_report",
        "observed_at": min(observed, now).isoformat(),
    }


if __name__ == "__main__":
    sys.exit(main())
