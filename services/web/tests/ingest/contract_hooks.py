"""What schemathesis must be told of the API: how lines are written, and what bulk calls do with bad items."""

from typing import Any

import orjson
import schemathesis
from schemathesis.core.failures import Failure


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context: Any, value: Any) -> bytes:
    """Text as it is; what is no text (schemathesis tries that too) as JSON."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode(errors="replace")
    return orjson.dumps(value)


@schemathesis.check
def bulk_calls_account_for_every_item(_context: Any, response: Any, case: Any) -> bool | None:
    """Bulk calls answer 200 to bad items, but each is either taken or told; what is told names its errors."""
    if response.status_code != 200 or case.method != "POST" or case.media_type != "application/json":
        return None
    said = response.json()
    if "rejected" not in said:
        return None
    taken = said["accepted"] + said["duplicates"]
    sent = len(case.body) if isinstance(case.body, list) else 1
    if taken + len(said["rejected"]) != sent or not all(item["errors"] for item in said["rejected"]):
        raise Failure(operation=case.operation.label, title="Items unaccounted for", message=f"{sent} sent; {said}")
    return None
