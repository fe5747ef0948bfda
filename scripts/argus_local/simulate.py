"""Write a simulated, labelled stream to a file, or send it to a running Argus."""

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import httpx
import orjson

from argus_local.client import Client
from argus_local.simulator import Stream

BATCH = 1000


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(prog="scripts/simulate", description=__doc__)
    made.add_argument("--transactions", type=int, default=10_000, metavar="N", help="how many (default: %(default)s)")
    made.add_argument("--customers", type=int, default=400, metavar="N", help="how many people (default: %(default)s)")
    made.add_argument("--seed", type=int, default=1, help="the same seed gives the same stream (default: %(default)s)")
    made.add_argument(
        "--start", type=datetime.fromisoformat, metavar="TIME", help="first moment, with offset (default: 30 days ago)"
    )
    made.add_argument(
        "--labels", type=Path, metavar="FILE", help="write transaction_id and kind of every fraud as NDJSON"
    )
    target = made.add_mutually_exclusive_group(required=True)
    target.add_argument("--out", type=Path, metavar="FILE", help="write the transactions as NDJSON")
    target.add_argument("--url", help="send them to this Argus")
    made.add_argument("--key", help="API key with the scope ingest, for --url")
    made.add_argument("--rate", type=float, help="singly, so many a second, for --url (default: in bulk)")
    return made


def main() -> int:
    """Write or send."""
    options = parser().parse_args()
    if options.url and not options.key:
        parser().error("--url needs --key")
    start = options.start or datetime.now(UTC) - timedelta(days=30)
    if start.tzinfo is None:
        parser().error("--start needs an offset, such as 2026-03-02T00:00:00+00:00")
    stream = Stream(seed=options.seed, customers=options.customers, start=start)
    events = list(islice(stream, options.transactions))
    if options.labels:
        frauds = [{"transaction_id": e.body["transaction_id"], "kind": e.fraud} for e in events if e.fraud]
        options.labels.write_bytes(b"".join(orjson.dumps(fraud) + b"\n" for fraud in frauds))
    bodies = [event.body for event in events]
    if options.out:
        options.out.write_bytes(b"".join(orjson.dumps(body) + b"\n" for body in bodies))
        print(f"{len(bodies)} transactions written to {options.out}")
        return 0
    try:
        with Client(options.url, options.key) as client:
            return _send(client, bodies, options.rate)
    except httpx.HTTPError as error:
        print(f"{options.url}: {error}", file=sys.stderr)
        return 1


def _send(client: Client, bodies: list[dict[str, object]], rate: float | None) -> int:
    refused = 0
    if rate:
        for body in bodies:
            refused += client.submit(body).status_code >= 400
            time.sleep(1 / rate)
    else:
        for low in range(0, len(bodies), BATCH):
            refused += len(client.submit_batch(bodies[low : low + BATCH])["rejected"])
    print(f"{len(bodies) - refused} transactions sent, {refused} refused")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
