"""What is asked of a backtest."""

from datetime import date
from typing import Any, cast

from argus_records.models import BacktestRun
from argus_records.selectors import backtests, rulesets
from argus_records.services.backtests import MOST_DAYS
from django import forms
from django.utils.translation import gettext_lazy as _


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


class BacktestForm(forms.Form):
    """A period, and with what it is to be decided again."""

    ruleset = forms.TypedChoiceField(label=_("Rule set"), coerce=int, required=False, empty_value=None)
    model = forms.ChoiceField(label=_("Model"), required=False)
    first_day = _day(label=_("From (UTC)"))
    last_day = _day(label=_("To, included"))
    minutes_per_alert = forms.FloatField(
        label=_("An analyst's minutes per alert"),
        min_value=0.1,
        max_value=1440,
        widget=forms.NumberInput(attrs={"step": "any", "min": "0.1", "max": "1440"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        versions = rulesets.versions()
        self._choices("ruleset").choices = [("", _("those that decided then"))] + [
            (str(one.pk), f"{one.pk} · {one.get_state_display()}" + (f" · {one.note[:60]}" if one.note else ""))
            for one in versions
        ]
        self._choices("model").choices = [
            (BacktestRun.AS_THEN, _("those that decided then")),
            (BacktestRun.RULES_ALONE, _("none: rules alone")),
            *((version, _("version %s") % version) for version in backtests.model_versions()),
        ]

    def _choices(self, name: str) -> forms.ChoiceField:
        return cast(forms.ChoiceField, self.fields[name])

    def clean(self) -> dict[str, Any]:
        """A period that can be asked for."""
        given = super().clean() or {}
        first, last = given.get("first_day"), given.get("last_day")
        if isinstance(first, date) and isinstance(last, date):
            if last < first:
                self.add_error("last_day", _("The last day lies before the first."))
            elif (last - first).days >= MOST_DAYS:
                self.add_error("last_day", _("A period has at most %d days.") % MOST_DAYS)
        return given
