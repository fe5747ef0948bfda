"""Filters of the lists of alerts and cases, and what is done with a case."""

from typing import Final

from argus_records.models import AlertStatus, CaseState, Disposition, Verdict
from argus_records.selectors.alerts import AlertFilter, AlertSort
from argus_records.selectors.cases import CaseFilter, CaseSort, Pile
from argus_records.services.cases.moves import NOTE_MAX_LENGTH
from argus_records.services.cases.priority import Level
from django import forms
from django.utils.translation import gettext_lazy as _

from argus_web.accounts.actors import actor_named
from argus_web.dashboard.forms import FilterForm

ANY_STATUS = "all"


class AlertFilterForm(FilterForm):
    """Filters of the list. Without a status it lists what is open."""

    status = forms.ChoiceField(
        required=False,
        choices=[(ANY_STATUS, _("All")), *AlertStatus.choices],
        widget=forms.HiddenInput,
    )
    text = forms.CharField(
        label=_("Words in the reason"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"data-search": True}),
    )
    verdict = forms.ChoiceField(
        label=_("Verdict"),
        required=False,
        choices=[("", _("Any")), (Verdict.REVIEW, _("Review")), (Verdict.BLOCK, _("Block"))],
    )
    code = forms.CharField(
        label=_("Rule"), max_length=64, required=False, widget=forms.TextInput(attrs={"list": "codes"})
    )
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("", _("Newest first")),
            (AlertSort.OLDEST, _("Oldest first")),
            (AlertSort.SCORE, _("Highest score first")),
            (AlertSort.AMOUNT, _("Largest amount first")),
        ],
    )

    @property
    def status_shown(self) -> str:
        """The status whose tab is open."""
        status = self.data.get("status", "")
        return status if status in {ANY_STATUS, *AlertStatus.values} else str(AlertStatus.OPEN)

    @property
    def restricting(self) -> list[str]:
        """Names of the fields that restrict the list, the tabs apart."""
        return [name for name in super().restricting if name != "status"]

    def sort_shown(self) -> AlertSort:
        """The order of the list; only after is_valid()."""
        return AlertSort(self.cleaned_data["sort"] or AlertSort.NEWEST)

    def filters(self) -> AlertFilter:
        """What the selector takes; only after is_valid()."""
        data = self.cleaned_data
        return AlertFilter(
            status="" if self.status_shown == ANY_STATUS else self.status_shown,
            verdict=data["verdict"],
            code=data["code"],
            customer_id=data.get("customer", ""),
            currency=data["currency"],
            amount_min=data["amount_min"],
            amount_max=data["amount_max"],
            opened_from=self.midnight("since"),
            opened_until=self.midnight("until", days=1),
            decided_from=self.midnight("decided_since"),
            decided_until=self.midnight("decided_until", days=1),
            text=data.get("text", ""),
        )


class CaseFilterForm(FilterForm):
    """Filters of the list of cases. Without a pile it lists what waits for somebody."""

    pile = forms.ChoiceField(required=False, choices=[(pile, pile) for pile in Pile], widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Words in the reason"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"data-search": True}),
    )
    level = forms.ChoiceField(
        label=_("Priority"), required=False, choices=[("", _("Any")), *((level, level.words) for level in Level)]
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any")), *CaseState.choices])
    assignee = forms.CharField(label=_("Held by"), max_length=150, required=False)
    disposition = forms.ChoiceField(
        label=_("Closed as"), required=False, choices=[("", _("Any")), *Disposition.choices]
    )
    overdue = forms.ChoiceField(label=_("Deadline"), required=False, choices=[("", _("Any")), ("yes", _("Has passed"))])
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("", _("Due first")),
            (CaseSort.PRIORITY, _("Highest priority first")),
            (CaseSort.NEWEST, _("Newest first")),
            (CaseSort.OLDEST, _("Oldest first")),
            (CaseSort.AMOUNT, _("Largest amount first")),
        ],
    )
    closed_since = forms.DateField(label=_("Closed from"), required=False)
    closed_until = forms.DateField(label=_("Closed to"), required=False)

    @property
    def pile_shown(self) -> str:
        """The pile whose tab is open."""
        pile = self.data.get("pile", "")
        return pile if pile in set(Pile) else str(Pile.QUEUE)

    @property
    def restricting(self) -> list[str]:
        """Names of the fields that restrict the list, the tabs apart."""
        return [name for name in super().restricting if name != "pile"]

    def sort_shown(self) -> CaseSort:
        """The order of the list; only after is_valid()."""
        return CaseSort(self.cleaned_data["sort"] or CaseSort.DUE)

    def filters(self, actor: str, *, escalated: bool = True) -> CaseFilter:
        """What the selector takes, for the person who asks; only after is_valid().

        ``escalated``: whether what is escalated waits for them too.
        """
        data = self.cleaned_data
        return CaseFilter(
            pile=self.pile_shown,
            actor=actor,
            state=data["state"],
            level=data["level"],
            customer_id=data.get("customer", ""),
            assignee=actor_named(data["assignee"]) if data["assignee"] else "",
            disposition=data["disposition"],
            currency=data["currency"],
            amount_min=data["amount_min"],
            amount_max=data["amount_max"],
            opened_from=self.midnight("since"),
            opened_until=self.midnight("until", days=1),
            closed_from=self.midnight("closed_since"),
            closed_until=self.midnight("closed_until", days=1),
            overdue=data["overdue"] == "yes",
            text=data.get("text", ""),
            escalated=escalated,
        )


WAITS: Final = {"1": _("a day"), "3": _("3 days"), "7": _("a week"), "14": _("two weeks"), "30": _("30 days")}


ACTIONS: Final = ("begin", "assign", "release", "wait", "escalate", "close", "merge", "reopen")


class ActForm(forms.Form):
    """What an officer does with a case, on the version that was seen. Its services check what each action needs."""

    action = forms.ChoiceField(
        choices=[
            (name, name) for name in ("begin", "assign", "release", "wait", "escalate", "close", "merge", "reopen")
        ],
        error_messages={"required": _("Choose what to do."), "invalid_choice": _("Choose what to do.")},
    )
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    disposition = forms.ChoiceField(required=False, choices=[("", ""), *Disposition.choices])
    wait = forms.ChoiceField(required=False, choices=[("", ""), *WAITS.items()])
    to = forms.CharField(required=False, max_length=150)
    into = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=2**62,
        error_messages={"invalid": _("Give the number of the other case.")},
    )
    note = forms.CharField(required=False, max_length=NOTE_MAX_LENGTH)
    then = forms.CharField(required=False, max_length=8)


class NoteForm(forms.Form):
    """A note on a case."""

    note = forms.CharField(max_length=NOTE_MAX_LENGTH, error_messages={"required": _("Write the note first.")})
