"""What tests of days at the desk share: cases whose decision says why, and keys at the right moment."""

from typing import Any, Final

import orjson
from argus_records.models import Alert, Case
from argus_records.services.cases.gather import cases_gather
from playwright.sync_api import Page
from records_factories import accept, decide, new_transaction

REASONS: Final = orjson.dumps(
    [{"code": "velocity_count_1h", "kind": "rule", "message": "Nine payments within minutes.", "weight": 0.4}]
).decode()
NOTE: Final = "Why? The note stays with the case."


def flagged(score: float = 0.6, **said: Any) -> Case:
    """A new case whose decision says why."""
    accept(new_transaction(**said))
    stored = decide(verdict="review", score=score, reasons=REASONS)
    assert stored is not None
    cases_gather()
    found = Alert.objects.get(pk=stored.alerts[0][0]).case
    assert found is not None
    return found


def several(count: int) -> list[Case]:
    """New cases of as many customers; the first is the most urgent."""
    return [flagged(customer_id=f"c-{number}") for number in range(count)]


def stays(page: Page) -> None:
    """The next case does not follow by itself."""
    page.get_by_label("then the next case").uncheck()


def on_case(page: Page, number: int) -> None:
    """Waits until the page is this case's."""
    page.wait_for_url(f"**/cases/{number}/")


def key(page: Page, *pressed: str) -> None:
    """Keys, once the page listens: scripts are modules and come after what is drawn."""
    page.wait_for_load_state()
    for one in pressed:
        page.keyboard.press(one)


def post(page: Page, path: str, **fields: str) -> int:
    """What the server answers to a form sent by hand from this page's session."""
    answer = page.evaluate(
        """async ([path, fields]) => {
          const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
          const body = new URLSearchParams({...fields, csrfmiddlewaretoken: token});
          return (await fetch(path, {method: "POST", body, redirect: "manual"})).status;
        }""",
        [path, fields],
    )
    return int(answer)
