"""A ledger full of ids that can be told from all else, named wherever the ledger lets somebody be named."""

import copy
import itertools
from dataclasses import replace
from typing import Any, Final

import orjson
import web_pages
from argus_records.models import Alert, Approval, Case, CaseEvidence, ListEntry, RuleSetVersion, ShadowDecision
from argus_records.services.approvals import approval_refuse, case_close_propose, list_add_propose, list_remove_propose
from argus_records.services.cases.desk import case_note, case_watch
from argus_records.services.cases.evidence import evidence_add
from argus_records.services.cases.gather import cases_gather
from argus_records.services.cases.merging import case_merge
from argus_records.services.lists import list_create, list_entries_add, list_entry_remove
from argus_records.services.rulesets import ruleset_create, ruleset_move
from argus_records.services.shadow import NewDifference, NewShadow, shadow_store
from django.urls import reverse
from records_factories import accept, decide, new_transaction
from web_ledger import OTHER, WHO, Made, ledger

CUSTOMER: Final = "cust-SECRET-1"
SECOND: Final = "cust-SECRET-2"
PARTY: Final = "party-SECRET-3"
IBAN: Final = "DE02SECRET0500000202051"
DEVICE: Final = "device-SECRET-4"
ADDRESS: Final = "203.0.113.77"
MAIL: Final = "secret.person@example.org"
PLACE: Final = "48.8583"
# The word is in every id and in all that people write; an address and a place stand for themselves.
MARKS: Final = ("secret", ADDRESS, PLACE)
WRITTEN: Final = f"Called SECRET Person of {CUSTOMER}, {MAIL}, about {IBAN} and {DEVICE} at {ADDRESS}."
PERSONAL: Final = {
    "device_id": DEVICE, "ip_address": ADDRESS, "latitude": 48.85831, "longitude": 2.2944,
    "metadata": {"payer": MAIL},
}  # fmt: skip


def reasons(customer: str, party: str) -> list[dict[str, Any]]:
    """Sentences that name whom rules can name."""
    return [
        {
            "code": "combination", "kind": "model", "weight": 0.6,
            "message": f"Counterparty {party} is new to customer {customer}; seen from {DEVICE}.",
            "details": {
                "parts": {"forest": 0.3, "counterparty": 0.2}, "forest": {},
                "words": {"counterparty": f"{party} was never paid by {customer}"},
                "cleared_by": f"If {DEVICE} had been known to {customer}, it would pass.",
            },
        },
        {"code": "block_list", "kind": "rule", "message": f"Customer {customer} is on the block list.", "weight": 0.3},
    ]  # fmt: skip


def named(text: str) -> bool:
    """Whether something names somebody."""
    return any(mark in text.casefold() for mark in MARKS)


def _alert(customer: str, party: str, **said: Any) -> Alert:
    accept(new_transaction(customer_id=customer, counterparty_id=party, **PERSONAL, **said))
    found = reasons(customer, party)
    decide(verdict="review", reasons=orjson.dumps(found).decode())
    alert = Alert.objects.get(customer_id=customer)
    Alert.objects.filter(pk=alert.pk).update(headline=found[0]["message"], codes=["combination", "block_list"])
    return alert


def _case(told: str) -> list[Case]:
    """One with all that people write, one that was merged into it, and an earlier one that waits for approval."""
    _alert(CUSTOMER, PARTY, amount="70000")
    _alert(SECOND, IBAN)
    cases_gather()
    (first,), (second,) = (Case.objects.filter(customer_id=customer) for customer in (CUSTOMER, SECOND))
    case_note(case_id=first.pk, note=f"@dana {WRITTEN}", actor=WHO, mentioned=[told])
    case_watch(case_id=first.pk, actor=told, on=True)
    evidence_add(case_id=first.pk, name=f"SECRET letter of {CUSTOMER}.txt", content=b"SECRET", actor=WHO)
    case_merge(case_id=second.pk, into=first.pk, note=WRITTEN, actor=WHO, seen=1)
    first.refresh_from_db()
    case_close_propose(case_id=first.pk, disposition="suspicious_reported", note=WRITTEN, actor=WHO, seen=first.version)
    return [first, second]


def _lists() -> list[str]:
    made = []
    for kind, value in (("customer", CUSTOMER), ("counterparty", IBAN), ("device", DEVICE)):
        name = f"known_{kind}s"
        list_create(name=name, kind=kind, purpose="to look at", actor=WHO)
        list_entries_add(name=name, values=[value, f"{value}-SECRET"], reason=WRITTEN, expires_at=None, actor=WHO)
        gone, stays = ListEntry.objects.filter(list=name).order_by("-id")
        list_entry_remove(entry_id=gone.pk, why=WRITTEN, actor=WHO)
        list_remove_propose(entry_id=stays.pk, why=WRITTEN, actor=WHO)
        made.append(name)
    said = {"name": "known_customers", "reason": WRITTEN, "expires_at": None, "actor": WHO}
    list_add_propose(values=[SECOND], **said)
    again = list_add_propose(values=["cust-SECRET-9"], **said)
    approval_refuse(approval_id=again.pk, actor=OTHER, answer=WRITTEN)
    return made


def _versions(made: Made) -> list[int]:
    """A version whose own lists name somebody, watching in shadow."""
    live = made.versions[0]
    document = copy.deepcopy(RuleSetVersion.objects.get(pk=live).document)
    document["lists"] |= {"blocked_customers": [CUSTOMER], "allowed_counterparties": [IBAN]}
    saved = ruleset_create(document=document, actor=WHO, note="", parent=live).pk
    ruleset_move(version=made.versions[1], action="retire", actor=WHO, note="1")
    ruleset_move(version=saved, action="shadow", actor=WHO, note="1")
    accepted = accept(new_transaction(customer_id=CUSTOMER, counterparty_id=IBAN, **PERSONAL))
    stored = decide()
    assert stored is not None
    words = orjson.dumps(reasons(CUSTOMER, IBAN)).decode()
    different = NewDifference(accepted[0].id, "approve", "review", 0.45, ["block_list"], [], words)
    shadow_store(batch_id=stored.id, shadow=NewShadow(saved, 1, 0, 1, 0, 1, [different]))
    assert ShadowDecision.objects.filter(batch__ruleset_id=saved).exists()
    return [saved]


def secrets(*, told: str) -> Made:
    """All that web_ledger makes, and beside it what names somebody; ``told`` has notices of it."""
    made = ledger()
    # What waits there would be decided with what is said of others.
    decide()
    cases = _case(told)
    lists, versions = _lists(), _versions(made)
    alerts = Alert.objects.filter(customer_id__in=(CUSTOMER, SECOND))
    return replace(
        made,
        alerts=made.alerts + [alert.pk for alert in alerts],
        cases=made.cases + [case.pk for case in cases],
        transactions=made.transactions + [alert.transaction_id for alert in alerts],
        approvals=list(Approval.objects.order_by("id").values_list("id", flat=True)),
        versions=made.versions + versions,
        lists=made.lists + lists,
    )


def everywhere(made: Made) -> list[str]:
    """Every address of every route, pages or not."""
    values: dict[str, list[Any]] = {
        "alert_id": made.alerts, "case_id": made.cases, "ledger_id": made.transactions, "approval_id": made.approvals,
        "number": made.versions, "code": made.rules, "entry_id": list(ListEntry.objects.values_list("id", flat=True)),
        "view_id": [1], "page": ["cases"], "name": ["mlflow"], "user_id": web_pages.people(), "invitation_id": [1],
        "month": ["2020-02"],
    }  # fmt: skip
    found = web_pages.addresses(made)
    for route in web_pages.routes():
        if route.name not in web_pages.NOT_PAGES:
            continue
        if route.name == "case_evidence":
            found += [reverse(route.name, args=pair) for pair in CaseEvidence.objects.values_list("case_id", "id")]
            continue
        own = {**values, "number": made.runs} if route.name.startswith("backtest") else values
        found += [
            reverse(route.name, kwargs=dict(zip(route.names, chosen, strict=True)))
            for chosen in itertools.product(*(own[name] for name in route.names))
        ]
    return found
