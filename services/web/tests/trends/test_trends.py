"""The overview over long ranges: its figures are the rows of the lists that they lead to."""

import pytest
from django.test import Client
from records_factories import accept, alert, decide, new_transaction

pytestmark = pytest.mark.django_db


def test_page(desk: Client, redis_url: str) -> None:
    alert(amount="99.00")
    accept(*[new_transaction(currency=c) for c in ("EUR", "USD")])
    decide()
    for r in ("24h", "7d", "30d", "90d", "x"):
        for c in ("", "EUR", "1"):
            answer = desk.get("/overview/trends/", {"range": r, "currency": c})
            assert answer.status_code == 200
            print(r, c, len(answer.content))
