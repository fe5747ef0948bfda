"""The decision feed through the API: every decision once, in the order of commit, none missed."""

import threading
from typing import Any

import pytest
import records_factories as make
from argus_records.models import ApiClient, DecisionBatch
from argus_records.selectors import decisions
from argus_records.services.feed import feed_place
from argus_web.ingest.feed import pack, unpack
from argus_web.ingest.problems import Problem
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

FEED = "/api/v1/decisions"
EVER = pytest.mark.django_db


def _accept(number: int, client: str = "core-banking", start: int = 0) -> list[str]:
    items = [make.new_transaction(transaction_id=f"{client}-{start + n}") for n in range(number)]
    make.accept(*items, client_name=client)
    return [item.transaction_id for item in items]


def _page(bank: Any, after: str | None = None, limit: int | None = None) -> tuple[list[str], str]:
    query = {name: value for name, value in {"after": after, "limit": limit}.items() if value is not None}
    answer = bank.get(FEED, query)
    assert answer.status_code == 200, answer.content
    said = answer.json()
    return [entry["transaction_id"] for entry in said["decisions"]], said["next"]


def _follow(bank: Any, after: str | None = None, limit: int = 3) -> tuple[list[str], str]:
    seen: list[str] = []
    while True:
        page, cursor = _page(bank, after, limit)
        seen += page
        if cursor == after:
            return seen, cursor
        after = cursor


@EVER
def test_an_empty_feed_has_a_cursor_to_come_back_with(bank: Any) -> None:
    page, cursor = _page(bank)
    assert page == []
    assert _page(bank, cursor) == ([], cursor)
    _accept(1)
    assert _page(bank, cursor) == ([], cursor)
    make.decide()
    assert _page(bank, cursor)[0] == ["core-banking-0"]


@EVER
def test_a_decision_in_the_feed(bank: Any) -> None:
    make.accept(make.new_transaction(transaction_id="t-1"))
    make.decide(verdict="block", reasons='[{"code": "c", "kind": "rule", "message": "m", "weight": 1.0}]')
    (entry,) = bank.get(FEED).json()["decisions"]
    batch = DecisionBatch.objects.get()
    read = bank.get("/api/v1/transactions/t-1").json()
    assert entry == {
        "transaction_id": "t-1",
        "verdict": "block",
        "score": 0.97,
        "reasons": [{"code": "c", "kind": "rule", "message": "m", "weight": 1.0}],
        "ruleset_version": batch.ruleset_id,
        "model_version": None,
        "decided_at": batch.decided_at.isoformat(),
        "received_at": read["received_at"],
    }
    assert read["decision"] == {name: entry[name] for name in read["decision"]}


@EVER
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
def test_pages_of_any_size_give_the_same_feed(bank: Any, limit: int) -> None:
    _accept(5)
    make.decide()
    _accept(1, start=5)
    make.decide()
    _accept(6, start=6)
    make.decide()
    seen, cursor = _follow(bank, limit=limit)
    assert seen == [f"core-banking-{n}" for n in range(12)]
    assert _page(bank, cursor) == ([], cursor)


@EVER
def test_other_clients_decisions_are_passed_over(bank: Any, make_bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # A page looks at few decisions here, so that it ends among another client's.
    monkeypatch.setattr(decisions, "SCANNED", 4)
    monkeypatch.setattr(decisions, "STEP", 2)
    other = make_bank(client="cards")
    mine: list[str] = []
    for round_ in range(4):
        _accept(5, "cards", start=5 * round_)
        mine += _accept(1, start=round_)
        make.decide()
        _accept(9, "cards", start=100 + 9 * round_)
        make.decide()
    assert _follow(bank)[0] == mine
    theirs, _ = _follow(other)
    assert len(theirs) == len(set(theirs)) == 4 * 14


@EVER
def test_a_page_among_strangers_is_short_and_moves_on(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "SCANNED", 2)
    monkeypatch.setattr(decisions, "STEP", 2)
    for round_ in range(5):
        _accept(2, "cards", start=2 * round_)
        make.decide()
    _accept(1)
    make.decide()
    page, cursor = _page(bank, limit=1)
    assert page == []
    assert unpack(cursor).position == 1


@EVER
def test_batches_without_a_place_are_not_shown_yet(bank: Any) -> None:
    _accept(1)
    make.decide(place=False)
    assert _page(bank)[0] == []
    feed_place()
    assert _page(bank)[0] == ["core-banking-0"]


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_commits_late_is_not_missed(bank: Any) -> None:
    make.schema()
    make.accept(make.new_transaction(transaction_id="early", customer_id="early"))
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                make.decide(place=False)
                begun.set()
                go_on.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(30)
    make.accept(make.new_transaction(transaction_id="later", customer_id="later"))
    make.decide()
    seen, cursor = _follow(bank)
    assert seen == ["later"]
    go_on.set()
    thread.join()
    feed_place()
    # Its batch has the smaller id, its decisions the smaller ids: only the place says that it comes now.
    assert _follow(bank, cursor)[0] == ["early"]


@pytest.mark.django_db(transaction=True)
def test_a_reader_among_writers_sees_each_decision_once(bank: Any) -> None:
    owner = ApiClient.objects.get(name="core-banking")
    make.schema()
    done = threading.Event()
    errors: list[BaseException] = []

    def decide_all(worker: int) -> None:
        try:
            for round_ in range(12):
                items = [
                    make.new_transaction(transaction_id=f"w{worker}-{round_}-{n}", customer_id=f"c-{worker}-{n}")
                    for n in range(worker + 1)
                ]
                make.transactions_accept(items=[(owner.pk, item) for item in items])
                make.decide(place=round_ % 3 != 0)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=decide_all, args=(worker,)) for worker in range(3)]
    for thread in writers:
        thread.start()
    seen: list[str] = []
    cursor: str | None = None
    while not done.is_set():
        if not any(thread.is_alive() for thread in writers):
            while make.decide() is not None:
                pass
            feed_place()
            done.set()
        page, cursor = _follow(bank, cursor, limit=2)
        seen += page
    for thread in writers:
        thread.join()
    assert not errors
    assert sorted(seen) == sorted(f"w{w}-{r}-{n}" for w in range(3) for r in range(12) for n in range(w + 1))


@EVER
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": "٣"}, "limit"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"after": ""}, "after"),
        ({"after": "x"}, "after"),
        ({"after": "AAAA"}, "after"),
        ({"after": "A" * 1000}, "after"),
        ({"after": "A" * 21 + "B"}, "after"),
        ({"after": "A" * 21 + "A\n"}, "after"),
        ({"after": "é"}, "after"),
        ({"before": "x"}, "before"),
    ],
)
def test_parameters_are_checked_and_named(bank: Any, query: dict[str, Any], field: str) -> None:
    answer = bank.get(FEED, query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_a_cursor_comes_back_as_its_place(position: int, decision_id: int) -> None:
    place = decisions.Place(position, decision_id)
    assert unpack(pack(place)) == place


@given(st.text(max_size=40).filter(lambda text: len(text) != 22))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        unpack(text)
    assert refused.value.status == 422


@EVER
def test_a_cursor_far_ahead_waits_where_it_is(bank: Any) -> None:
    _accept(1)
    make.decide()
    for far in (2**62, 2**63 - 1):
        cursor = pack(decisions.Place(far, far))
        assert _page(bank, cursor) == ([], cursor)
    assert _page(bank, pack(decisions.Place(-(2**63), -(2**63))))[0] == ["core-banking-0"]
    assert _page(bank, pack(decisions.Place(1, 2**63 - 1)))[0] == []
