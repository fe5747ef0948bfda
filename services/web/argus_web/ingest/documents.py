"""What the OpenAPI document says beyond what ninja sees: bodies, answers, headers."""

from typing import Any, Final

from argus_web.ingest.feed import CURSOR
from argus_web.ingest.schema import LabelIn, TransactionIn

DESCRIPTION: Final = """Submit transactions, read decisions, report what became known later.

Every request carries a key: `Authorization: Bearer argus_...`. Errors are problem documents (RFC 9457) whose `errors`
name each wrong field and what is expected. A name that stands twice in one JSON object is refused, as its meaning is
anyone's guess. Amounts are exact: a number such as 0.1 is read as written."""

_KEY = {"key": {"type": "http", "scheme": "bearer"}}
_TIME = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}


def _object(properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_REASON = _object(
    {
        "code": _TEXT,
        "kind": {"type": "string", "enum": ["rule", "model"]},
        "message": {"type": "string", "description": "A sentence with the customer's own numbers."},
        "weight": {"type": "number", "minimum": 0, "maximum": 1},
        "details": _ref("ReasonDetails"),
    },
    optional=("details",),
)
_PARTS = {"type": "object", "additionalProperties": {"type": "number"}}
_DETAILS = _object(
    {
        "forest_score": {"type": "number", "description": "The anomaly model's raw score, 0 to 1."},
        "forest_start": {"type": "number", "description": "What the parts in `forest` add to."},
        "forest": _PARTS | {"description": "By feature; with `forest_start` they sum to `forest_score`."},
        "rank": {"type": "number", "description": "Log-odds of fraud where labels have taught it, else a rarity."},
        "rank_start": {"type": "number", "description": "What the parts in `parts` add to."},
        "parts": _PARTS
        | {"description": "By feature, `forest`, and `rule:CODE`, the largest first; with `rank_start` the `rank`."},
        "words": {"type": "object", "additionalProperties": _TEXT, "description": "Clauses on the leading parts."},
        "chance": {"type": "number", "minimum": 0, "maximum": 1, "description": "Share of fraud among like ones."},
        "cleared_by": {"type": "string", "description": "The smallest change found that would have cleared it."},
    },
    optional=("chance", "cleared_by"),
)
_DECISION_FIELDS: dict[str, Any] = {
    "verdict": {"type": "string", "enum": ["approve", "review", "block"]},
    "score": {"type": "number", "minimum": 0, "maximum": 1, "description": "Higher is more suspicious."},
    "reasons": {"type": "array", "items": _ref("Reason")},
    "ruleset_version": {"type": "integer"},
    "model_version": _or_null({"type": "string"}) | {"description": "Null when rules decided alone."},
    "decided_at": _TIME,
}
_ERRORS = {"type": "array", "items": _object({"field": _TEXT, "message": _TEXT})}
_REJECTED = {
    "type": "array",
    "items": _object(
        {
            "index": _COUNT,
            "transaction_id": _or_null(_TEXT),
            "errors": _ERRORS,
            "line": {"type": "integer", "minimum": 1, "description": "Of an NDJSON body."},
        },
        optional=("line",),
    ),
}
_STATUS = {"type": "string", "enum": ["pending", "decided"]}
_NULLABLE_TEXT = _or_null(_TEXT)
_NULLABLE_NUMBER = _or_null({"type": "number"})

SCHEMAS: Final[dict[str, Any]] = {
    "Transaction": TransactionIn.model_json_schema(),
    "Label": LabelIn.model_json_schema(),
    "Reason": _REASON,
    "ReasonDetails": _DETAILS,
    "Decision": _object(_DECISION_FIELDS),
    "FeedDecision": _object({"transaction_id": _TEXT, **_DECISION_FIELDS, "received_at": _TIME}),
    "Receipt": _object(
        {
            "transaction_id": _TEXT,
            "status": _STATUS,
            "received_at": _TIME,
            "decision": _or_null(_ref("Decision")),
        }
    ),
    "Record": _object(
        {
            "transaction_id": _TEXT, "status": _STATUS, "occurred_at": _TIME, "received_at": _TIME,
            "customer_id": _TEXT, "amount": _TEXT, "currency": _TEXT, "type": _TEXT,
            "counterparty_id": _NULLABLE_TEXT, "country": _NULLABLE_TEXT, "channel": _NULLABLE_TEXT,
            "device_id": _NULLABLE_TEXT, "ip_address": _NULLABLE_TEXT, "latitude": _NULLABLE_NUMBER,
            "longitude": _NULLABLE_NUMBER, "metadata": _or_null({"type": "object"}),
            "decision": _or_null(_ref("Decision")),
        }
    ),
    "BatchAnswer": _object({"accepted": _COUNT, "duplicates": _COUNT, "conflicts": _COUNT, "rejected": _REJECTED}),
    "LabelAnswer": _object({"accepted": _COUNT, "duplicates": _COUNT, "rejected": _REJECTED}),
    "Feed": _object(
        {
            "decisions": {"type": "array", "items": _ref("FeedDecision")},
            "next": {
                "type": "string",
                "description": "Give it as `after` to go on from here. A short or empty page is not the end: there is "
                "nothing newer yet only when this equals the `after` you gave.",
            },
        }
    ),
    "Problem": {
        "type": "object",
        "properties": {
            "type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT, "errors": _ERRORS,
        },
        "required": ["type", "title", "status", "detail"],
    },
}  # fmt: skip

COMPONENTS: Final[dict[str, Any]] = {"schemas": SCHEMAS, "securitySchemes": _KEY}
EXTRA: Final[dict[str, Any]] = {"security": [{"key": []}]}

_PROBLEMS = {
    400: "Not JSON",
    401: "Key missing, unknown or revoked",
    403: "The key lacks the scope",
    404: "Not found",
    409: "The same id was submitted with another body",
    413: "Too large",
    415: "Wrong content type or encoding",
    422: "Not valid; `errors` names the fields",
    429: "Too many requests",
    503: "The database does not answer",
}


def _answers(good: dict[int, tuple[str, str]], problems: tuple[int, ...]) -> dict[int, Any]:
    """By status as a number, as ninja has it: as text it would stand in the document twice."""
    found: dict[int, Any] = {
        status: {"description": text, "content": {"application/json": {"schema": _ref(schema)}}}
        for status, (text, schema) in good.items()
    }
    for status in (401, 403, 429, 503, *problems):
        found[status] = {
            "description": _PROBLEMS[status],
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
    for delayed in (429, 503):
        found[delayed]["headers"] = {"Retry-After": _header("Seconds to wait.", {"type": "integer", "minimum": 1})}
    found[401]["headers"] = {"WWW-Authenticate": _header("How to say who you are.", _TEXT)}
    return found


def _header(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "schema": schema}


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema} for kind, schema in content.items()}}


def _submitted() -> dict[int, Any]:
    found = _answers(
        {
            200: ("Submitted before with this body, or decided within the preferred time", "Receipt"),
            202: ("Accepted: committed, to be decided", "Receipt"),
        },
        (400, 409, 413, 415, 422),
    )
    for status in (200, 202):
        found[status]["headers"] = {
            "Location": _header("Where to read it.", {"type": "string", "format": "uri-reference"}),
            "Preference-Applied": _header("The time that was granted, as `wait=0.5`.", _TEXT),
        }
    return found


SUBMIT: Final[dict[str, Any]] = {
    "requestBody": _body({"application/json": _ref("Transaction")}),
    "parameters": [
        {
            "name": "Prefer",
            "in": "header",
            "required": False,
            "description": "`wait=0.5`: answer with the decision if it is ready within so many seconds, 5 at most "
            "(RFC 7240).",
            "schema": {"type": "string"},
        }
    ],
    "responses": _submitted(),
}
SUBMIT_BATCH: Final[dict[str, Any]] = {
    "requestBody": _body(
        {
            "application/json": {"type": "array", "items": _ref("Transaction"), "minItems": 1, "maxItems": 10_000},
            "application/x-ndjson": {
                "type": "string",
                "description": "One transaction a line; empty lines are skipped.",
            },
        }
    ),
    "responses": _answers({200: ("What became of them", "BatchAnswer")}, (400, 413, 415, 422)),
}
READ_TRANSACTION: Final[dict[str, Any]] = {
    "responses": _answers({200: ("The transaction", "Record")}, (404,)),
}
DECISIONS: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "after",
            "in": "query",
            "required": False,
            "schema": {"type": "string", "pattern": CURSOR},
            "description": "`next` of the page before; leave it out to begin at the start.",
        },
        {
            "name": "limit",
            "in": "query",
            "required": False,
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        },
    ],
    "responses": _answers({200: ("Decisions in the order of commit", "Feed")}, (422,)),
}
LABELS: Final[dict[str, Any]] = {
    "requestBody": _body(
        {
            "application/json": {
                "anyOf": [
                    _ref("Label"),
                    {"type": "array", "items": _ref("Label"), "minItems": 1, "maxItems": 10_000},
                ]
            }
        }
    ),
    "responses": _answers({200: ("What became of them", "LabelAnswer")}, (400, 413, 415, 422)),
}
