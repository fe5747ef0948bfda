"""What the address says of the range; what cannot be read counts as not said."""

from django import forms

from argus_web.trends.ranges import RANGES


class TrendsForm(forms.Form):
    """Range and currency."""

    range = forms.ChoiceField(choices=[(code, code) for code in RANGES], required=False)
    currency = forms.RegexField(r"^[A-Za-z]{3}$", required=False)

    @property
    def range_shown(self) -> str:
        """The code of the range; only after is_valid()."""
        return self.cleaned_data.get("range") or next(iter(RANGES))

    @property
    def currency_shown(self) -> str:
        """The currency, empty for all; only after is_valid()."""
        return str(self.cleaned_data.get("currency", "")).upper()
