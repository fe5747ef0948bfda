"""The demo, unattended: sends a stream through the HTTP API and checks that nothing is lost."""

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from argus_local import load
from argus_local.client import Client, to_decided_ms, wait_for_model
from argus_local.processes import StartError
from argus_local.say import say
from argus_local.simulator import Stream
from argus_local.stack import Stack, throw_away

TOTAL: Final = 5000
SINGLES: Final = 2000
BATCH: Final = 500
TWICE: Final = 50
MODEL_SECONDS: Final = 90

# What a client may get wrong, and the status that tells it so.
MALFORMED: Final[tuple[tuple[dict[str, Any] | bytes, int], ...]] = (
    (b'{"transaction_id": ', 400),
    (b"[]", 422),
    ({"ammount": "1.00"}, 422),
    ({"amount": "0"}, 422),
    ({"amount": "-5.00"}, 422),
    ({"amount": "1.001"}, 422),
    ({"amount": "12345678901234567"}, 422),
    ({"currency": "EURO"}, 422),
    ({"country": "XX"}, 422),
    ({"occurred_at": "2026-01-01T00:00:00"}, 422),
    ({"occurred_at": "2999-01-01T00:00:00Z"}, 422),
    ({"customer_id": "tab\there"}, 422),
    (b" " * 40_000, 413),
)


def run() -> int:
    """Everything, in a throw-away folder. The report is the last line of standard output."""
    with throw_away("smoke", say=say) as stack:
        stack.start()
        with Client(stack.url("web"), stack.api_key(client="smoke")) as client:
            report = Smoke(stack, client).run()
    print(json.dumps(report), flush=True)
    return 0 if report["lost"] == 0 and report["model_version"] is not None and not report["failures"] else 1


class Smoke:
    """One run against a started stack."""

    def __init__(self, stack: Stack, client: Client) -> None:
        self.stack, self.client = stack, client
        self.port, self.key = stack.ports["web"], client.key
        self.failures: list[str] = []
        self.accepted = self.duplicates = self.rejected = self.sent = 0
        self.ids: set[str] = set()

    def check(self, good: bool, text: str) -> None:
        """Note what is not as it must be."""
        if not good:
            self.failures.append(text)
            say(f"FAILED: {text}")

    def run(self) -> dict[str, Any]:
        """Bulk, training, singles, bad input; then every decision is looked at."""
        start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=30)
        bodies = [event.body for event in islice(Stream(seed=5, customers=150, start=start), TOTAL)]
        bulk, alone = bodies[: TOTAL - SINGLES], bodies[TOTAL - SINGLES :]
        bulk_seconds = self._bulk(bulk)
        for _ in self.client.follow(until=len(self.ids), seconds=120):
            pass
        say("Training the first model")
        self.stack.train()
        self._wait_for_model()
        single_seconds, paced = self._singles(alone)
        self._malformed()
        decisions = self._decisions()
        lost = len(self.ids - decisions.keys())
        self.check(lost == 0, f"{lost} accepted transactions have no decision")
        self.check(len(decisions) == len(self.ids), "the feed has decisions that nobody asked for")
        by_model = {decision["model_version"] for decision in decisions.values()} - {None}
        latencies = [to_decided_ms(decisions[name]) for name in paced]
        return {
            "sent": self.sent,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "decided": len(decisions),
            "lost": lost,
            "alerts": sum(decision["verdict"] != "approve" for decision in decisions.values()),
            "model_version": max(by_model, key=int, default=None),
            "decided_with_model": sum(d["model_version"] is not None for d in decisions.values()),
            "ingest_per_s": round(SINGLES / single_seconds, 1),
            "bulk_per_s": round(len(bulk) / bulk_seconds, 1),
            "received_to_decided_p50_ms": round(load.percentile(latencies, 0.5), 1),
            "received_to_decided_p99_ms": round(load.percentile(latencies, 0.99), 1),
            "failures": self.failures,
        }

    def _bulk(self, bodies: list[dict[str, Any]]) -> float:
        say(f"Sending {len(bodies)} in bulk, {TWICE} of them twice")
        started = time.perf_counter()
        for low in range(0, len(bodies), BATCH):
            self._count_batch(bodies[low : low + BATCH])
        seconds = time.perf_counter() - started
        self._count_batch(bodies[:TWICE])
        mixed: list[dict[str, Any]] = [bodies[0], {**bodies[1], "amount": "1.23"}, {"transaction_id": "incomplete"}]
        answer = self.client.submit_batch(mixed)
        self.sent += 3
        self.duplicates += answer["duplicates"]
        self.rejected += len(answer["rejected"])
        places = [entry["index"] for entry in answer["rejected"]]
        self.check((answer["duplicates"], answer["conflicts"], places) == (1, 1, [1, 2]), f"mixed batch: {answer}")
        return seconds

    def _count_batch(self, bodies: list[dict[str, Any]]) -> None:
        answer = self.client.submit_batch(bodies)
        self.sent += len(bodies)
        self.accepted += answer["accepted"]
        self.duplicates += answer["duplicates"]
        self.rejected += len(answer["rejected"])
        self.ids |= {body["transaction_id"] for body in bodies}

    def _wait_for_model(self) -> None:
        say("Waiting until the worker follows the new model, with transactions that prefer to wait")
        version, sent = wait_for_model(self.client, seconds=MODEL_SECONDS)
        self.check(version is not None, f"no model took part within {MODEL_SECONDS} s")
        self.sent += len(sent)
        self.accepted += len(sent)
        self.ids |= set(sent)

    def _singles(self, bodies: list[dict[str, Any]]) -> tuple[float, list[str]]:
        paced, fast = bodies[:400], bodies[400:]
        say(f"Sending {len(paced)} singly at 100 a second, {len(fast)} as fast as they are taken")
        steady = load.send_paced(self.port, load.singles(self.key, paced), rate=100)
        answers, seconds = load.send_all(self.port, load.singles(self.key, fast), concurrency=16)
        answers += steady
        self.check(all(answer.status == 202 for answer in answers), "a single submission was not accepted")
        self.sent += len(bodies)
        self.accepted += sum(answer.status == 202 for answer in answers)
        self.ids |= {body["transaction_id"] for body in bodies}
        again, _ = load.send_all(self.port, load.singles(self.key, bodies[:TWICE]), concurrency=8)
        self.check(all(answer.status == 200 for answer in again), "the same body again was not answered with 200")
        changed = load.singles(self.key, [{**bodies[0], "amount": "7.77"}])
        conflict = load.send_all(self.port, changed, concurrency=1)[0][0]
        self.check(conflict.status == 409, f"another body under the same id was answered with {conflict.status}")
        self.sent += TWICE + 1
        self.duplicates += TWICE
        self.rejected += 1
        return seconds * SINGLES / len(fast), [body["transaction_id"] for body in paced]

    def _malformed(self) -> None:
        say(f"Sending {len(MALFORMED)} malformed ones")
        good = {
            "transaction_id": "malformed", "occurred_at": datetime.now(UTC).isoformat(), "customer_id": "malformed",
            "amount": "1.00", "currency": "EUR",
        }  # fmt: skip
        for wrong, expected in MALFORMED:
            body = wrong if isinstance(wrong, bytes) else json.dumps(good | wrong).encode()
            prepared = load.request("POST", load.SINGLE_PATH, key=self.key, body=body)
            answer = load.send_all(self.port, [prepared], concurrency=1)[0][0]
            named = answer.status != 422 or bool(answer.json().get("errors"))
            self.check(answer.status == expected and named, f"{wrong!r:.60} was answered with {answer.status}")
        self.sent += len(MALFORMED)
        self.rejected += len(MALFORMED)

    def _decisions(self) -> dict[str, dict[str, Any]]:
        say("Waiting until all are decided, reading every decision")
        found: dict[str, dict[str, Any]] = {}
        try:
            for decision in self.client.follow(until=len(self.ids), seconds=120):
                name = decision["transaction_id"]
                self.check(name not in found, f"the feed has {name} twice")
                found[name] = decision
        except StartError as error:
            self.check(False, str(error))
        for name in sorted(found)[::97]:
            record = self.client.transaction(name)
            same = record["decision"]["score"] == found[name]["score"]
            self.check(same, f"{name} reads otherwise than in the feed")
        return found
