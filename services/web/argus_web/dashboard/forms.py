"""Filters that stand in the address: every field optional, what cannot be read is said beside its field."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from argus_records.models import LabelValue, Verdict
from argus_records.selectors.search import TransactionFilter
from django import forms
from django.utils.translation import gettext_lazy as _

from argus_web.dashboard.moments import MomentField

# What finds people by their ids, or by words of a sentence that may name them: an answer confirms a guess.
_NAMING: Final = ("customer", "counterparty", "text")


class FilterForm(forms.Form):
    """What filters of transactions and of alerts have in common. Who sees no ``names`` does not search by them."""

    customer = forms.CharField(label=_("Customer"), max_length=64, required=False)
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$",
        label=_("Currency"),
        required=False,
        error_messages={"invalid": _("Three letters, for example EUR.")},
    )
    amount_min = forms.DecimalField(label=_("Amount from"), required=False, max_digits=20, decimal_places=4)
    amount_max = forms.DecimalField(label=_("Amount to"), required=False, max_digits=20, decimal_places=4)
    since = MomentField(label=_("From"), required=False)
    until = MomentField(label=_("To"), required=False)
    decided_since = MomentField(label=_("Decided from"), required=False)
    decided_until = MomentField(label=_("Decided to"), required=False)
    # The reader's time zone, filled in by the page: a day begins where its reader is.
    tz = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    after = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def __init__(self, *args: Any, names: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names = names
        if not names:
            self.fields = {name: field for name, field in self.fields.items() if name not in _NAMING}
        for name, field in self.fields.items():
            attributes = field.widget.attrs
            if isinstance(field, MomentField):
                continue
            if isinstance(field, forms.DecimalField):
                field.widget = forms.TextInput(attrs={"inputmode": "decimal"})
            else:
                attributes.update({"autocomplete": "off", "spellcheck": "false"})
            if name == "currency":
                attributes.update({"size": "4", "placeholder": "EUR"})

    def clean_currency(self) -> str:
        """Currencies are written in capitals."""
        return str(self.cleaned_data["currency"]).upper()

    def clean_tz(self) -> str:
        """A zone that this machine does not know counts as UTC."""
        name = str(self.cleaned_data["tz"])
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            return ""
        return name

    def clean(self) -> dict[str, Any]:
        """Ranges run upwards."""
        data = super().clean() or self.cleaned_data
        if not self._names and any(self.data.get(name) for name in _NAMING):
            raise forms.ValidationError(_("Your role does not see who customers are, and does not search by them."))
        if data.get("amount_min") is not None and data.get("amount_max") is not None:
            self._in_order("amount_max", data["amount_min"] <= data["amount_max"])
        for low, high in (("since", "until"), ("decided_since", "decided_until")):
            begin, end = self.midnight(low), self.midnight(high)
            if begin is not None and end is not None:
                self._in_order(high, begin <= end)
        return data

    def _in_order(self, high: str, right: bool) -> None:
        if not right:
            self.add_error(high, _("This lies before the beginning of the range."))

    def midnight(self, field: str, *, days: int = 0) -> datetime | None:
        """The beginning of the day in ``field``, in the reader's zone; a moment stands for itself."""
        day: date | datetime | None = self.cleaned_data.get(field)
        if day is None or isinstance(day, datetime):
            return day
        zone = ZoneInfo(self.cleaned_data.get("tz") or "UTC")
        try:
            return datetime.combine(day + timedelta(days=days), time.min, zone).astimezone(UTC)
        except OverflowError:
            return None

    @property
    def restricting(self) -> list[str]:
        """Names of the fields that restrict the list."""
        return [name for name in self.fields if name not in {"tz", "after", "sort"} and self.data.get(name)]


class TransactionFilterForm(FilterForm):
    """Filters of the search for transactions."""

    id = forms.CharField(
        label=_("Transaction id"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"data-search": True}),
    )
    counterparty = forms.CharField(label=_("Counterparty"), max_length=64, required=False)
    verdict = forms.ChoiceField(label=_("Verdict"), required=False, choices=[("", _("Any")), *Verdict.choices])
    code = forms.CharField(label=_("Rule"), max_length=64, required=False)
    label = forms.ChoiceField(label=_("Became known"), required=False, choices=[("", _("Any")), *LabelValue.choices])

    field_order = [
        "id", "customer", "counterparty", "currency", "amount_min", "amount_max", "since", "until", "verdict", "code",
        "label", "decided_since", "decided_until",
    ]  # fmt: skip

    def filters(self) -> TransactionFilter:
        """What the selector takes; only after is_valid()."""
        data = self.cleaned_data
        return TransactionFilter(
            transaction_id=data["id"],
            customer_id=data.get("customer", ""),
            counterparty_id=data.get("counterparty", ""),
            currency=data["currency"],
            amount_min=data["amount_min"],
            amount_max=data["amount_max"],
            occurred_from=self.midnight("since"),
            occurred_until=self.midnight("until", days=1),
            verdict=data["verdict"],
            code=data["code"],
            label=data["label"],
            decided_from=self.midnight("decided_since"),
            decided_until=self.midnight("decided_until", days=1),
        )
