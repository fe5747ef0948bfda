"""Filters of the list of alerts, and the decision on one."""

from argus_records.models import AlertStatus, Verdict
from argus_records.selectors.alerts import AlertFilter, AlertSort
from argus_records.services.alerts import NOTE_MAX_LENGTH
from django import forms
from django.utils.translation import gettext_lazy as _

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
            customer_id=data["customer"],
            currency=data["currency"],
            amount_min=data["amount_min"],
            amount_max=data["amount_max"],
            opened_from=self.midnight("since"),
            opened_until=self.midnight("until", days=1),
            decided_from=self.midnight("decided_since"),
            decided_until=self.midnight("decided_until", days=1),
            text=data["text"],
        )


class DecideForm(forms.Form):
    """An officer's decision, with the note that says why and the status it was made on."""

    action = forms.ChoiceField(
        choices=[("approve", _("Approve")), ("block", _("Block")), ("escalate", _("Escalate"))],
        error_messages={"required": _("Choose what to do."), "invalid_choice": _("Choose what to do.")},
    )
    seen = forms.ChoiceField(choices=AlertStatus.choices)
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": "4", "maxlength": str(NOTE_MAX_LENGTH)}),
        error_messages={"required": _("Write a note that says why: an examiner will read it.")},
    )
