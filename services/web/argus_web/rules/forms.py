"""Notes, moves, lists: the small forms of the rule pages."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from argus_records.models import ListKind
from argus_records.services.lists import REASON_MAX_LENGTH
from argus_records.services.rulesets import NOTE_MAX_LENGTH
from django import forms
from django.utils.translation import gettext_lazy as _


class NoteForm(forms.Form):
    """Why."""

    note = forms.CharField(
        label=_("Why? The note stays with the version."),
        max_length=NOTE_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": "2", "maxlength": str(NOTE_MAX_LENGTH)}),
        error_messages={"required": _("Write a note that says why: an examiner will read it.")},
    )


class MoveForm(NoteForm):
    """A move of a version, on the state that was seen."""

    action = forms.ChoiceField(choices=[("shadow", ""), ("activate", ""), ("retire", "")])
    seen = forms.CharField(max_length=16)


class ListForm(forms.Form):
    """A new list."""

    name = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,63}$",
        label=_("Name, as rules ask for it"),
        error_messages={"invalid": _("Small letters, digits and _, beginning with a letter: for example mules.")},
    )
    kind = forms.ChoiceField(label=_("What it holds"), choices=ListKind.choices)
    purpose = forms.CharField(label=_("What it is for"), max_length=200)


class EntriesForm(forms.Form):
    """Values for a list."""

    values = forms.CharField(
        label=_("Values, one a line"),
        max_length=80_000,
        widget=forms.Textarea(attrs={"rows": "3", "spellcheck": "false"}),
    )
    reason = forms.CharField(label=_("Why are they on it?"), max_length=REASON_MAX_LENGTH)
    until = forms.DateField(
        label=_("Until the end of (optional)"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    tz = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def expires_at(self) -> datetime | None:
        """The end of the day in the reader's zone; only after is_valid()."""
        day = self.cleaned_data["until"]
        if day is None:
            return None
        try:
            zone = ZoneInfo(self.cleaned_data["tz"]) if self.cleaned_data["tz"] else UTC
        except (ValueError, OSError, KeyError):
            zone = UTC
        return datetime.combine(day, time.max, zone).astimezone(UTC)


class RemoveForm(forms.Form):
    """Taking a value off its list."""

    why = forms.CharField(
        max_length=REASON_MAX_LENGTH, error_messages={"required": _("Say why it is taken off the list.")}
    )
