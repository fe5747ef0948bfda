"""The OpenAPI document: complete, and made of the same facts as the checks."""

import re
from contextlib import closing
from typing import Any

import pytest
from argus_engine.money import CURRENCIES
from argus_records.models import Channel, LabelValue, TransactionType
from argus_web.ingest import documents, fields, schema
from argus_web.ingest.api import api
from django.test import Client

OPERATIONS = {
    ("post", "/api/v1/transactions"): {"200", "202", "400", "409", "413", "415", "422"},
    ("post", "/api/v1/transactions/batch"): {"200", "400", "413", "415", "422"},
    ("get", "/api/v1/transactions/{transaction_id}"): {"200", "404"},
    ("get", "/api/v1/decisions"): {"200", "422"},
    ("post", "/api/v1/labels"): {"200", "400", "413", "415", "422"},
}


@pytest.fixture
def document() -> Any:
    return Client().get("/api/v1/openapi.json").json()


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if "$ref" in part else set()
        return own.union(*(_references(value) for value in part.values()))
    if isinstance(part, list):
        return set().union(*(_references(value) for value in part))
    return set()


def test_every_endpoint_is_documented_with_all_its_answers(document: Any) -> None:
    found = {
        (method, path): set(operation["responses"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert found == {key: statuses | {"401", "403", "429", "503"} for key, statuses in OPERATIONS.items()}
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert all(answer["content"] for answer in operation["responses"].values())


def test_every_reference_leads_somewhere(document: Any) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert _references(document) <= known
    assert {f"#/components/schemas/{name}" for name in ("Transaction", "Label", "Problem")} <= _references(document)


def test_keys_are_documented(document: Any) -> None:
    assert document["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    assert document["security"] == [{"key": []}]


def test_a_transaction_is_documented_as_it_is_checked(document: Any) -> None:
    said = document["components"]["schemas"]["Transaction"]
    assert said["additionalProperties"] is False
    assert set(said["properties"]) == set(schema.TransactionIn.model_fields)
    assert set(said["required"]) == {"transaction_id", "occurred_at", "customer_id", "amount", "currency"}
    assert set(said["properties"]["currency"]["enum"]) == CURRENCIES
    assert said["properties"]["type"]["enum"] == TransactionType.values
    assert said["properties"]["type"]["default"] == "other"
    channel, country = said["properties"]["channel"], said["properties"]["country"]
    assert channel["anyOf"][0]["enum"] == Channel.values
    assert country["anyOf"][0]["enum"] == list(fields.COUNTRIES)
    for name in ("transaction_id", "customer_id"):
        limits = said["properties"][name]
        assert (limits["minLength"], limits["maxLength"]) == (1, 64)


def test_a_label_is_documented_as_it_is_checked(document: Any) -> None:
    said = document["components"]["schemas"]["Label"]
    assert set(said["properties"]) == set(said["required"]) == set(schema.LabelIn.model_fields)
    assert said["properties"]["label"]["enum"] == LabelValue.values


@pytest.mark.parametrize("amount", ["1", "0.01", "12.50", "1e2", "00.10", "9999999999999999"])
def test_the_documented_amount_takes_amounts(amount: str) -> None:
    assert re.search(_amount_pattern(), amount)
    assert fields.number(amount) > 0


@pytest.mark.parametrize("amount", ["0", "0.00", "-1", "+1", ".5", "5.", "1,5", "", "NaN", "0e5"])
def test_the_documented_amount_takes_nothing_else(amount: str) -> None:
    assert not re.search(_amount_pattern(), amount)
    with pytest.raises(ValueError, match=r"not (a decimal number|above zero)"):
        fields.number(amount)


def _amount_pattern() -> str:
    pattern: str = documents.SCHEMAS["Transaction"]["properties"]["amount"]["anyOf"][0]["pattern"]
    return pattern


def test_the_documentation_needs_nothing_from_elsewhere() -> None:
    page = Client().get("/api/v1/docs")
    assert page.status_code == 200
    content = page.content.decode()
    assert "http://" not in content
    assert "https://" not in content
    for link in re.findall(r'(?:src|href)="([^"]+)"', content):
        assert link.startswith("/static/"), link
        with closing(Client().get(link)) as file:
            assert file.status_code == 200, link
    # Every script is a file, or data: a strict content security policy lets it run.
    for opening in re.findall(r"<script[^>]*>", content):
        assert "src=" in opening or 'type="application/json"' in opening


def test_what_ninja_routes_is_what_is_documented() -> None:
    routed = {
        (method.lower(), "/api/v1" + re.sub(r"{\w+:", "{", path))
        for _, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    assert routed == set(OPERATIONS)


def test_no_name_stands_twice_in_the_document() -> None:
    """JSON readers forgive it; the page that shows the document does not."""
    import json

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        assert len(found) == len(pairs), [name for name, _ in pairs]
        return found

    json.loads(Client().get("/api/v1/openapi.json").content, object_pairs_hook=once)
