"""Versions of the rule set: saved, moved, rolled back; and what the database holds against."""

import copy
import threading
from typing import Any

import pytest
from argus_engine.ruleset import RuleSetError, default_ruleset
from argus_records.models import AuditEvent, RuleSetState, RuleSetVersion
from argus_records.selectors import rulesets as selectors
from argus_records.services.lists import list_create
from argus_records.services.rulesets import (
    MOVES,
    RuleSetMoveError,
    ruleset_create,
    ruleset_move,
    ruleset_moves,
)
from argus_records.services.tallies import rules_tally
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction


def document(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(default_ruleset().document()) | changes


def save(**said: Any) -> RuleSetVersion:
    return ruleset_create(**({"document": document(), "actor": "user:amara", "note": "try"} | said))


def states() -> dict[int, str]:
    return dict(RuleSetVersion.objects.values_list("version", "state"))


def live() -> int:
    return selectors.in_effect().live


@pytest.mark.django_db
def test_what_is_saved_is_a_draft_with_its_author_note_and_parent() -> None:
    first = live()
    made = save(parent=first)
    assert (made.state, made.author, made.note, made.parent_id) == ("draft", "user:amara", "try", first)
    event = AuditEvent.objects.get(action="ruleset.created", object_id=str(made.pk))
    assert (event.note, event.after["parent"]) == ("try", first)
    assert live() == first


@pytest.mark.django_db
def test_an_edited_draft_makes_way_and_two_editors_do_not_lose_each_other() -> None:
    draft = save(parent=live())
    second = save(parent=draft.pk)
    assert states()[draft.pk] == "retired"
    with pytest.raises(RuleSetMoveError, match=f"Version {second.pk}, by user:amara, has replaced this draft"):
        save(parent=draft.pk, actor="user:bruno")


@pytest.mark.django_db
def test_putting_live_retires_what_was_and_rolling_back_is_the_same_move() -> None:
    first, made = live(), save()
    ruleset_move(version=made.pk, action="activate", actor="user:sol", note="reviewed")
    assert (live(), states()[first]) == (made.pk, "retired")
    ruleset_move(version=first, action="activate", actor="user:sol", note="too loud")
    assert (live(), states()[made.pk]) == (first, "retired")
    events = AuditEvent.objects.filter(object_type="ruleset", note="too loud").values("action", "before", "after")
    assert list(events) == [
        {
            "action": "ruleset.activated",
            "before": {"state": "retired", "live": made.pk},
            "after": {"state": "live", "live": first},
        }
    ]
    assert AuditEvent.objects.filter(action="ruleset.retired", object_id=str(made.pk)).count() == 1


@pytest.mark.django_db
def test_one_is_in_shadow_at_most() -> None:
    one, other = save(), save()
    ruleset_move(version=one.pk, action="shadow", actor="a")
    ruleset_move(version=other.pk, action="shadow", actor="a")
    assert (states()[one.pk], states()[other.pk]) == ("retired", "shadow")
    assert selectors.in_effect().shadow == other.pk
    ruleset_move(version=other.pk, action="activate", actor="a")
    assert (selectors.in_effect().live, selectors.in_effect().shadow) == (other.pk, None)


@pytest.mark.django_db
def test_a_shadow_must_read_the_same_features() -> None:
    changed = document()
    changed["reporting"]["near_ratio"] = 0.7
    other = save(document=changed)
    with pytest.raises(RuleSetMoveError, match="reporting amounts"):
        ruleset_move(version=other.pk, action="shadow", actor="a")
    watching = save()
    ruleset_move(version=watching.pk, action="shadow", actor="a")
    ruleset_move(version=other.pk, action="activate", actor="a")
    assert states()[watching.pk] == "retired"


@pytest.mark.django_db
@pytest.mark.parametrize("state", RuleSetState.values)
def test_every_move_that_is_not_in_the_table_is_refused(state: str) -> None:
    made = RuleSetVersion.objects.get(state="live") if state == "live" else save()
    if state != made.state:
        RuleSetVersion.objects.filter(pk=made.pk).update(state=state)
    for action in {"shadow", "activate", "retire", "burn"} - set(ruleset_moves(state)):
        with pytest.raises(RuleSetMoveError, match="not possible now"):
            ruleset_move(version=made.pk, action=action, actor="a")
    assert set(MOVES) == set(RuleSetState)
    with pytest.raises(RuleSetVersion.DoesNotExist):
        ruleset_move(version=10**6, action="activate", actor="a")


@pytest.mark.django_db
def test_rules_may_ask_for_managed_lists_that_exist() -> None:
    asks = document()
    asks["rules"] = [
        {
            "code": "mules", "kind": "composed", "title": "Mules", "citation": "", "enabled": True, "weight": 1.0,
            "outcome": "block", "firm": True, "when": {"list": "mules", "field": "counterparty"},
            "message": ["{listed} on a list."],
        }
    ]  # fmt: skip
    with pytest.raises(RuleSetError, match=r"rules\.0\.when\.list: there is no list 'mules'"):
        save(document=asks)
    list_create(name="mules", kind="counterparty", purpose="Seen taking stolen money", actor="a")
    assert save(document=asks).pk


@pytest.mark.django_db
def test_the_database_holds_that_one_is_live() -> None:
    with connection.cursor() as cursor:
        # As it would be at the commit.
        cursor.execute("SET CONSTRAINTS one_live IMMEDIATE")
        with pytest.raises(DatabaseError, match="leaving no rule set live"), transaction.atomic():
            cursor.execute("UPDATE ruleset_version SET state = 'retired'")
        with pytest.raises(DatabaseError, match="a saved version never changes"), transaction.atomic():
            cursor.execute("UPDATE ruleset_version SET document = '{}'")


@pytest.mark.django_db(transaction=True)
def test_two_that_move_at_once_take_turns() -> None:
    made = [save().pk for _ in range(6)]
    wrong: list[BaseException] = []
    start = threading.Barrier(len(made))

    def move(version: int) -> None:
        try:
            start.wait(30)
            ruleset_move(version=version, action="activate", actor="a")
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=move, args=(version,)) for version in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sorted(states().values()).count("live") == 1


@pytest.mark.django_db
def test_hits_are_added_up_over_workers_and_apart_from_shadows() -> None:
    version = live()
    for worker in ("w:1", "w:1", "w:2"):
        rules_tally(version=version, shadow=False, worker=worker, hits={"a": 2, "b": 1}, errors={"b": 1})
    rules_tally(version=version, shadow=True, worker="w:1", hits={"a": 50}, errors={})
    rules_tally(version=version, shadow=False, worker="w:1", hits={}, errors={})
    assert selectors.rule_hits(version=version, days=7) == {
        "a": {"hits": 6, "errors": 0},
        "b": {"hits": 3, "errors": 3},
    }
    assert [sum(days.values()) for days in selectors.hits_by_day(days=7).values()] == [6, 3]


@pytest.mark.django_db
def test_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    made = save()
    call_command("ruleset", "shadow", str(made.pk), "--note", "watch")
    call_command("ruleset", "list")
    assert f"version {made.pk} is in shadow" in capsys.readouterr().out
