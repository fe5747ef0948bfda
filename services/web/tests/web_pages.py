"""Every page of the dashboard, found by its route, so that tests which hold for every page miss none.

A route without parameters is a page by itself. One with parameters says in ADDRESSES where it is to be looked at. What
is no page stands in NOT_PAGES with the reason. A route that is none of these fails the tests.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from structlog.contextvars import bound_contextvars
from web_ledger import Made

# Everything below is for programs: keys instead of sessions, JSON instead of pages.
PROGRAMS: Final = ("api/v1/", "^api(/|$)")
NOT_PAGES: Final[Mapping[str, str]] = {
    "healthz": "JSON for probes",
    "readyz": "JSON for probes",
    "version": "JSON for operators",
    "metrics": "text for Prometheus",
    "system_state": "JSON that the page System asks for",
    "live_events": "server-sent events",
    "live_snapshot": "JSON that the overview asks for",
    "door": "the proxy's question, answered without a body",
    "door_refused": "leads on who may pass; see REFUSALS",
    "login": "leads on who is signed in; looked at before",
    "logout": "POST only",
    "alert": "leads to the case it is part of",
    "alerts_csv": "a file",
    "cases_csv": "a file",
    "transactions_csv": "a file",
    "case_next": "POST only",
    "cases_bulk": "POST; its preview is looked at by its own test",
    "case_act": "POST; leads to the case",
    "case_undo": "POST only",
    "case_note": "POST only",
    "case_watch": "POST only",
    "case_reveal": "POST only",
    "case_evidence_add": "POST only",
    "case_evidence": "a file",
    "case_file_json": "a file",
    "case_file_pdf": "a file",
    "report_pdf": "a file",
    "view_save": "POST only",
    "view_remove": "POST only",
    "transaction_reveal": "POST only",
    "ruleset_move": "POST only",
    "rule_change": "POST only",
    "entry_remove": "POST only",
    "backtest_state": "JSON that the page of a run asks for",
    "backtest_stop": "POST only",
    "tour_seen": "POST only",
    "sign_out_everywhere": "POST only",
    "invitation_revoke": "POST only",
    "person_roles": "POST only",
    "person_close": "POST only",
    "person_reopen": "POST only",
    "person_sign_out": "POST only",
    "person_password_link": "POST; its answer is looked at by its own test",
    "audit_export": "a file",
}


def people() -> list[int]:
    from django.contrib.auth.models import User

    return list(User.objects.order_by("id").values_list("id", flat=True)[:2])


Addresses = Callable[[Made], list[str]]
ADDRESSES: Final[Mapping[str, Addresses]] = {
    "case": lambda made: [reverse("case", args=[key]) for key in made.cases],
    # The month in which all was made, and one from long before.
    "report": lambda _: [f"/reports/{datetime.now(UTC):%Y-%m}/", "/reports/2020-02/"],
    "person": lambda _: [reverse("person", args=[key]) for key in people()],
    "approval": lambda made: [reverse("approval", args=[key]) for key in made.approvals],
    "transaction": lambda made: [reverse("transaction", args=[key]) for key in made.transactions],
    "ruleset_version": lambda made: [reverse("ruleset_version", args=[key]) for key in made.versions],
    "shadow_report": lambda made: [reverse("shadow_report", args=[key]) for key in made.versions],
    "rule_new": lambda made: [reverse("rule_new", args=[made.versions[0]])],
    "rule": lambda made: [reverse("rule", args=[made.versions[0], code]) for code in made.rules],
    "rule_edit": lambda made: [reverse("rule_edit", args=[made.versions[0], made.composed])],
    "list": lambda made: [reverse("list", args=[name]) for name in made.lists],
    "backtest": lambda made: [reverse("backtest", args=[key]) for key in made.runs],
}
# Further states of pages that have an address of their own without.
QUERIES: Final[Mapping[str, list[str]]] = {
    "cases": ["?pile=all", "?pile=all&text=nothing", "?amount_min=2&amount_max=1", "?pile=mine"],
    "approvals": ["?state=decided"],
    "alerts": ["?status=all", "?status=all&text=nothing", "?amount_min=2&amount_max=1"],
    "transactions": ["?customer=nobody", "?currency=E"],
    "trends": ["?range=90d&currency=EUR"],
}
# What somebody sees who lacks the role, and what anybody sees where there is nothing.
REFUSALS: Final = ["/doors/refused/mlflow", "/backtests/new/", "/reports/"]
NOWHERE: Final = "/nothing/"


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the URLconf: its name, its pattern, whether parameters stand in it, and what they are called."""

    name: str
    pattern: str
    parameters: bool
    names: tuple[str, ...]


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[Route]:
    """All routes but those of programs."""
    for one in (resolver or get_resolver()).url_patterns:
        pattern = before + str(one.pattern)
        if pattern.startswith(PROGRAMS):
            continue
        if isinstance(one, URLResolver):
            yield from routes(one, pattern)
        elif isinstance(one, URLPattern):
            names = tuple(one.pattern.converters)
            yield Route(one.name or "", pattern, bool(names) or "(" in pattern, names)


def unknown() -> list[Route]:
    """Routes that nobody has said anything about: neither pages nor named as something else."""
    return [
        route
        for route in routes()
        if route.name not in NOT_PAGES and (not route.name or (route.parameters and route.name not in ADDRESSES))
    ]


def gone() -> set[str]:
    """What is named here and is no route any more."""
    return {*NOT_PAGES, *ADDRESSES, *QUERIES} - {route.name for route in routes()}


def addresses(made: Made) -> list[str]:
    """Where all pages are, in all states that are told apart here, for somebody who may see all."""
    assert unknown() == [], "say in web_pages.py where these pages are, or why they are none"
    found: list[str] = []
    for route in routes():
        if route.name in NOT_PAGES:
            continue
        plain = ADDRESSES[route.name](made) if route.parameters else [reverse(route.name)]
        found += plain + [plain[0] + query for query in QUERIES.get(route.name, [])]
    return [*found, NOWHERE]


def errors() -> dict[str, str]:
    """The pages of what went wrong, by an address to show them under."""
    from argus_web.help import errors as pages

    request, error = HttpRequest(), Exception("")
    with bound_contextvars(request="0123456789abcdef"):
        made = {
            400: pages.bad_request(request, error),
            403: pages.forbidden(request, error),
            404: pages.not_found(request, error),
            419: pages.stale(request),
            500: pages.broken(request),
        }
    return {f"/went-wrong/{code}": answer.content.decode() for code, answer in made.items()}
