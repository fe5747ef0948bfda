"""One transaction: submit it, read it."""

from urllib.parse import quote

from argus_records.selectors.transactions import transaction_get
from argus_records.services.apikeys import Caller
from argus_records.services.ingest import Accepted, NewTransaction, Outcome
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars

from argus_web.ingest import answers, body, faults, waiting
from argus_web.ingest.committer import committer
from argus_web.ingest.problems import Problem
from argus_web.ops import metrics


def submit(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Accept one transaction, and wait for its decision if the client prefers to."""
    data, _ = body.read(request, limit=body.SINGLE_MAX_BYTES)
    try:
        item = faults.transaction(body.parse_or_refuse(data))
    except faults.Invalid as error:
        metrics.received("rejected")
        raise Problem(422, "invalid", "The transaction is not valid; see errors.", errors=error.errors) from None
    bind_contextvars(transaction=item.transaction_id)
    seconds = waiting.preferred(request)
    if seconds and waiting.decided.reserve():
        try:
            waiting.decided.listen()
            return _accepted(caller, item, seconds)
        finally:
            waiting.decided.release()
    return _accepted(caller, item, 0.0)


def _accepted(caller: Caller, item: NewTransaction, seconds: float) -> HttpResponse:
    accepted = committer.submit(caller.client_id, item)
    metrics.received(accepted.outcome)
    if accepted.outcome is Outcome.CONFLICT:
        raise Problem(
            409,
            "conflict",
            f"Transaction {item.transaction_id!r} was submitted before with another body; nothing was changed.",
        )
    headers = {"Location": f"/api/v1/transactions/{quote(item.transaction_id, safe='')}"}
    if seconds:
        headers["Preference-Applied"] = f"wait={seconds:g}"
    return _told(caller, item, accepted, seconds, headers)


def _told(
    caller: Caller, item: NewTransaction, accepted: Accepted, seconds: float, headers: dict[str, str]
) -> HttpResponse:
    again = accepted.outcome is Outcome.DUPLICATE
    known_decided = bool(seconds) and waiting.decided.wait(accepted.id, seconds)
    if known_decided or again:
        found = transaction_get(client_id=caller.client_id, transaction_id=item.transaction_id)
        if found is not None and (again or hasattr(found, "decision")):
            return answers.answer(answers.receipt(found), status=200, headers=headers)
    return answers.answer(answers.pending(item.transaction_id, accepted.received_at), status=202, headers=headers)


def read(_request: HttpRequest, caller: Caller, *, transaction_id: str) -> HttpResponse:
    """One of the client's own transactions."""
    found = None
    if len(transaction_id) <= 64 and "\0" not in transaction_id:
        found = transaction_get(client_id=caller.client_id, transaction_id=transaction_id)
    if found is None:
        raise Problem(404, "not_found", "This client has submitted no transaction with this id.")
    return answers.answer(answers.record(found))
