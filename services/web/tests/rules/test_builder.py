"""The form of a rule: what it reads it writes, and every fault stands beside its control."""

import copy
from html.parser import HTMLParser
from typing import Any

import pytest
from argus_engine.rules.language.checks import Fault
from argus_engine.ruleset import RuleSet, RuleSetError, default_ruleset
from argus_web.rules.builder.form import RuleForm
from django.http import QueryDict
from django.template.loader import render_to_string

pytestmark = pytest.mark.django_db

COMPOSED = [rule for rule in default_ruleset().document()["rules"] if rule["kind"] == "composed"]
EVERYTHING: dict[str, Any] = {
    "code": "mine", "kind": "composed", "title": "Everything at once", "citation": "The institution", "enabled": False,
    "weight": 0.25, "outcome": "block", "firm": True,
    "when": {"all": [
        {"field": "amount", "op": ">", "value": {"amounts": {"EUR": "5000", "JPY": "800000"}}, "name": "high"},
        {"not": {"field": "country", "op": "in", "value": ["DE", "FR"]}},
        {"field": "type", "op": "in", "value": ["cash_deposit", "transfer"]},
        {"field": "channel", "op": "!=", "value": "web"},
        {"field": "customer", "op": "=", "value": "c-1"},
        {"field": "device", "op": "known"},
        {"field": "hour", "op": "<=", "value": 5},
        {"field": "near_reporting_threshold", "op": "=", "value": False},
        {"feature": "amount_ratio", "op": ">=", "value": 2.5, "name": "ratio"},
        {"feature": "amount_24h", "op": ">", "value": {"feature": "amount_mean", "times": 12.0}, "name": "usual"},
        {"field": "amount", "op": ">=", "value": {"field": "reporting_threshold"}},
        {"not": {"any": [
            {"list": "blocked_customers", "field": "customer", "name": "listed_one"},
            {"rule": "structuring"},
            {"window": {"of": "transactions", "by": "customer", "length": "45m", "agg": "distinct", "field": "device",
                        "only": {"type": ["transfer"], "country": ["DE", "FR"]}}, "op": ">", "value": 3},
            {"window": {"of": "transactions", "by": "customer", "length": "7d", "agg": "sum", "field": "amount"},
             "op": ">", "value": {"window": {"of": "transactions", "by": "customer", "length": "90d", "agg": "sum",
                                             "field": "amount"}, "times": 0.5}},
        ]}},
    ]},
    "message": ["It is {amount} in {country}.",
                {"say": "Again.", "when": {"all": [{"feature": "count_24h", "op": ">", "value": 1}]}}],
}  # fmt: skip


class Controls(HTMLParser):
    """What a browser would send of a page's controls."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = QueryDict(mutable=True)
        self._select: tuple[str, bool] | None = None
        self._first: str | None = None
        self._chosen = False
        self._area: str | None = None

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        got = dict(given)
        name = got.get("name") or ""
        if tag == "input" and name and (got.get("type") != "checkbox" or "checked" in got):
            self.sent.appendlist(name, got.get("value") or "")
        elif tag == "select":
            self._select, self._first, self._chosen = (name, "multiple" in got), None, False
        elif tag == "option" and self._select:
            if self._first is None:
                self._first = got.get("value") or ""
            if "selected" in got:
                self.sent.appendlist(self._select[0], got.get("value") or "")
                self._chosen = True
        elif tag == "textarea":
            self._area = name
            self.sent[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            if not self._chosen and not self._select[1] and self._first is not None:
                self.sent.appendlist(self._select[0], self._first)
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] += data


def sent_by(form: RuleForm) -> QueryDict:
    from argus_web.rules.editor import OUTCOMES, _subjects
    from argus_web.rules.forms import NoteForm

    subjects = _subjects(default_ruleset().document()["rules"], 14)
    page = render_to_string(
        "rules/builder/form.html", {"form": form, "note": NoteForm(), "subjects": subjects, "outcomes": OUTCOMES}
    )
    controls = Controls()
    controls.feed(page)
    return controls.sent


def of_one(when: Any) -> Any:
    return when if "all" in when or "any" in when else {"all": [when]}


@pytest.mark.parametrize("rule", [*COMPOSED, EVERYTHING], ids=lambda rule: rule["code"])
def test_what_a_browser_sends_back_is_the_rule_that_was_shown(rule: dict[str, Any]) -> None:
    expected = copy.deepcopy(rule) | {"when": of_one(rule["when"])}
    assert RuleForm.of(rule).document() == expected
    assert RuleForm.read(sent_by(RuleForm.of(rule))).document() == expected


def faults(rule: dict[str, Any]) -> RuleForm:
    document = copy.deepcopy(default_ruleset().document())
    document["rules"].append(rule)
    form = RuleForm.of(rule)
    place = f"rules.{len(document['rules']) - 1}"
    document["rules"][-1] = form.document()
    with pytest.raises(RuleSetError) as caught:
        RuleSet.parse(document)
    form.blame(caught.value.faults, place)
    return form


def test_every_fault_stands_beside_its_control() -> None:
    rule = copy.deepcopy(EVERYTHING)
    conditions = rule["when"]["all"]
    conditions[0]["value"] = {"amounts": {"EUX": "5"}}
    conditions[1]["not"]["value"] = ["DE", "UK"]
    conditions[8]["value"] = "much"
    rule["code"] = "Mine"
    form = faults(rule)
    assert "ISO 4217" in form.when.children[0].errors["value"][0]
    assert form.errors["code"]
    del rule["code"], conditions[0]
    form = faults(rule | {"code": "mine", "message": ["{nothing}", {"say": "{", "when": {"all": []}}]})
    assert "at least 1" in form.message[1].when.errors["all"][0]  # type: ignore[union-attr]
    conditions[0]["not"]["value"] = ["DE", "UK"]
    form = faults(rule | {"code": "mine", "message": ["{nothing}"]})
    assert "'UK' is not country" in form.when.children[0].errors["value"][0]
    assert "must be a number" in form.when.children[7].errors["value"][0]
    assert "neither a field" in form.message[0].errors[0]
    assert form.elsewhere == []


def test_what_is_elsewhere_is_told() -> None:
    form = RuleForm.blank()
    form.blame([Fault("rules.3.when.rule", "no rule before"), Fault("rules", "too many")], "rules.14")
    assert form.elsewhere == ["rules.3.when.rule: no rule before", "rules: too many"]


def test_buttons_change_the_tree() -> None:
    form = RuleForm.of(EVERYTHING)
    size = len(form.when.children)
    form.change("add-test:when")
    form.change("add-group:when-11")
    form.change("remove:when-0")
    assert len(form.when.children) == size
    assert [child.path for child in form.when.children] == [f"when-{place}" for place in range(size)]
    group = form.when.children[10]
    assert [child.subject for child in group.children][-1] == "any"
    assert group.children[2].window is not None
    assert group.children[2].window.prefix == "when-10-2.window"
    form.change("add-sentence")
    form.change("add-when:2")
    assert form.message[2].when is not None
    form.change("remove:message-2")
    assert form.message[2].when is None
    form.change("remove-sentence:1")
    assert [said.place for said in form.message] == [0, 1]


@pytest.mark.parametrize(
    "action",
    [
        "",
        "add-test:",
        "add-test:when-99",
        "remove:when",
        "remove-sentence:0",
        "remove-sentence:x",
        "add-when:0",
        "burn:x",
    ],
)
def test_buttons_that_are_not_there_change_nothing(action: str) -> None:
    form = RuleForm.of(EVERYTHING)
    before = form.document()
    form.change(action)
    assert form.document() == before


@pytest.mark.parametrize(
    "query",
    [
        "",
        "when.subject=all&when.size=999999999999",
        "when.subject=all&when.size=-1",
        "when.subject=all&when.size=%C2%B2",
        "when.subject=nonsense&when.op=~",
        "when.subject=field:nonsense",
        "when.subject=list:&when.subject=rule:",
        "when.subject=window&when.window.number=x&when.window.aggregate=y",
        "message.size=99&message-1.subject=all",
        "&".join(f"when{'-0' * level}.subject=all&when{'-0' * level}.size=1" for level in range(40)),
    ],
)
def test_nothing_that_is_sent_breaks_the_form(query: str) -> None:
    form = RuleForm.read(QueryDict(query))
    document = default_ruleset().document()
    document["rules"] = [form.document()]
    with pytest.raises(RuleSetError) as caught:
        RuleSet.parse(document)
    form.blame(caught.value.faults, "rules.0")
    assert sent_by(form)
