"""Days in addresses, and moments where a day is too coarse."""

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _


class MomentInput(forms.DateInput):
    """A day is picked, a moment is shown as it stands in the address."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The kind of input that can show the value."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        moment = "T" in str(value or "")
        context["widget"]["type"] = "text" if moment else "date"
        if moment:
            context["widget"]["attrs"]["data-moment"] = True
        return context


class MomentField(forms.DateField):
    """A day, or a moment with its offset from UTC: 2026-03-02 or 2026-03-02T13:00Z. Gives a date or a datetime."""

    widget = MomentInput

    def to_python(self, value: Any) -> date | None:
        """A datetime is a date, too."""
        if not isinstance(value, str) or "T" not in value:
            return super().to_python(value)
        try:
            moment = parse_datetime(value)
            if moment is None or moment.tzinfo is None:
                raise ValueError("no moment")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ValidationError(_("A day, or a moment such as 2026-03-02T13:00Z."), code="invalid") from error


def moment_text(moment: datetime) -> str:
    """A moment as the field reads it, as short as it can be.

    >>> moment_text(datetime(2026, 3, 2, 13, tzinfo=UTC)), moment_text(datetime(2026, 3, 2, 13, 0, 5, tzinfo=UTC))
    ('2026-03-02T13:00Z', '2026-03-02T13:00:05Z')
    """
    exact = moment.astimezone(UTC)
    return exact.strftime("%Y-%m-%dT%H:%M:%SZ" if exact.second else "%Y-%m-%dT%H:%MZ")
