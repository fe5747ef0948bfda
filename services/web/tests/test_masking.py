"""That who sees no names sees none: on no page, in no file, by no way of asking."""

import io
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import web_pages
import web_secrets
from argus_records.models import Alert, Case, Transaction
from argus_web.accounts.permissions import sees_names
from argus_web.accounts.roles import PERMISSIONS, Permission, Role
from django.test import Client
from pypdf import PdfReader
from web_ledger import Made
from web_secrets import ADDRESS, CUSTOMER, DEVICE, IBAN, MAIL, PARTY, PLACE, SECOND

pytestmark = pytest.mark.django_db

MASKED = sorted(set(Role) - PERMISSIONS[Permission.SEE_NAMES].roles)
# They would end the session that looks.
ENDS = ("/logout/", "/account/sign-out-everywhere/")


def body(answer: Any) -> str:
    """All that came, also what a browser would not draw."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.get("Content-Type") == "application/pdf":
        reader = PdfReader(io.BytesIO(content))
        text = " ".join(page.extract_text() for page in reader.pages) + str(reader.metadata)
        return " ".join(text.split()) + text.replace("\n", "")
    return str(content.decode()) + str(sorted(answer.headers.items()))


@pytest.fixture
def made() -> Made:
    return web_secrets.secrets(told="user:dana")


@pytest.fixture(params=MASKED)
def masked(request: pytest.FixtureRequest, person: Callable[..., Any], browse: Callable[[Any], Client]) -> Client:
    """Somebody of a role that sees no names."""
    who = person("dana", request.param)
    assert not sees_names(who)
    return browse(who)


def answers(browser: Client, addresses: list[str], method: str = "get") -> Iterator[tuple[str, str]]:
    for address in addresses:
        if address == "/live/events":
            # It never ends; its state is /live/snapshot's, and of its alerts there is a test in dashboard/test_live.py.
            continue
        yield address, body(getattr(browser, method)(address))


def test_there_are_roles_that_see_no_names() -> None:
    assert MASKED == [Role.DATA_SCIENTIST, Role.OPS]


def test_nobody_is_named_on_any_page_or_in_any_file(made: Made, masked: Client) -> None:
    addresses = web_secrets.everywhere(made)
    queries = [f"{page}{query}" for page in ("/cases.csv", "/alerts.csv") for query in ("?pile=all", "?status=all")]
    past = [f"/rules/lists/{name}/?past=yes" for name in made.lists]
    found = {address for address, text in answers(masked, addresses + queries + past) if web_secrets.named(text)}
    assert found == set()


def test_nobody_is_named_by_what_answers_a_form(made: Made, masked: Client) -> None:
    addresses = [address for address in web_secrets.everywhere(made) if address not in ENDS]
    found = {address for address, text in answers(masked, addresses, "post") if web_secrets.named(text)}
    assert found == set()


def test_no_search_confirms_a_guess(made: Made, masked: Client) -> None:
    pages = ("/transactions/", "/alerts/", "/cases/", "/transactions.csv", "/alerts.csv", "/cases.csv")
    guesses = (CUSTOMER, IBAN, "cust-SECRET-0")
    for page, field, guess in itertools.product(pages, ("customer", "counterparty", "text"), guesses):
        answer = masked.get(page, {field: guess, "status": "all", "pile": "all"})
        text = body(answer)
        assert "does not search by them" in text, page
        assert "text/html" in answer["Content-Type"]
        assert "data-row" not in text
        assert f'name="{field}"' not in text


def test_the_bar_finds_no_customer(made: Made, masked: Client) -> None:
    for guess in (CUSTOMER, "cust-SECRET-0"):
        assert masked.get("/transactions/", {"q": guess}).url == f"/transactions/?id={guess}"


def test_what_is_on_a_list_is_not_searched(made: Made, masked: Client) -> None:
    for guess in (CUSTOMER, "cust-SECRET-0"):
        text = body(masked.get("/rules/lists/known_customers/", {"text": guess}))
        assert text.count("•••T-1") == 1
        assert "data-search maxlength" not in text.partition("<main")[2]


def test_the_sentences_stay(made: Made, masked: Client) -> None:
    """What is masked is an id, not a reason: who compares rules and models needs them."""
    case = Case.objects.get(customer_id=CUSTOMER)
    said = "Counterparty •••T-3 is new to customer •••T-1; seen from •••T-4."
    for address in (f"/cases/{case.pk}/", "/cases/?pile=all", "/alerts/?status=all", f"/cases/{case.pk}/file.json"):
        assert said in body(masked.get(address)), address


def test_officers_see_whom_they_work_on(made: Made, desk: Client) -> None:
    case = Case.objects.get(customer_id=CUSTOMER)
    one = Transaction.objects.filter(customer_id=CUSTOMER).first()
    assert one is not None
    for address in (
        f"/cases/{case.pk}/", f"/cases/{case.pk}/file.json", f"/cases/{case.pk}/file.pdf", "/cases/?pile=all",
        "/alerts/?status=all", f"/transactions/{one.pk}/", "/transactions/", "/transactions.csv", "/cases.csv?pile=all",
        "/alerts.csv?status=all",
    ):  # fmt: skip
        text = body(desk.get(address))
        assert CUSTOMER in text, address
        assert PARTY in text, address
    assert SECOND in body(desk.get("/cases/?pile=all"))
    assert IBAN in body(desk.get("/rules/lists/known_counterpartys/"))
    assert MAIL in body(desk.get(f"/cases/{case.pk}/")), "what somebody wrote"


def test_devices_and_places_are_shown_to_nobody_without_a_reason(made: Made, desk: Client) -> None:
    """Also where a reason or a note names them; a list of devices is what it is."""
    case = Case.objects.get(customer_id=CUSTOMER)
    other = Case.objects.get(customer_id=SECOND)
    kept = [f"/rules/lists/{name}/" for name in made.lists]
    addresses = [address for address in web_secrets.everywhere(made) if address not in [*ENDS, *kept]]
    found = {
        address
        for address, text in answers(desk, addresses)
        if any(one in text for one in (DEVICE, ADDRESS, PLACE)) and "/approvals/" not in address
    }
    assert found == set()
    desk.post(f"/cases/{case.pk}/reveal/", {"reason": "a call"})
    shown = body(desk.get(f"/cases/{case.pk}/"))
    assert all(one in shown for one in (DEVICE, ADDRESS, PLACE, MAIL))
    assert DEVICE not in body(desk.get(f"/cases/{other.pk}/"))


def test_every_route_is_looked_at(made: Made) -> None:
    asked = set(web_secrets.everywhere(made))
    assert {route.name for route in web_pages.routes()} >= set(web_pages.NOT_PAGES)
    assert len(asked) > len(list(web_pages.routes()))
    assert Alert.objects.filter(headline__contains="SECRET").count() == 2
