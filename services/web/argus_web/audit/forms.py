"""Filters of the audit log."""

from typing import Any, Final

from argus_records.selectors.audit import AuditFilter, audit_values
from django import forms
from django.utils.translation import gettext_lazy as _

from argus_web.dashboard.forms import FilterForm
from argus_web.dashboard.templatetags.argus import action_words

KINDS: Final = {
    "alert": _("alert"),
    "api_key": _("API key"),
    "approval": _("approval"),
    "backtest": _("backtest"),
    "case": _("case"),
    "decision_batch": _("batch of decisions"),
    "desk_setting": _("setting of a person"),
    "export": _("file"),
    "invitation": _("invitation"),
    "label": _("label"),
    "list": _("list"),
    "model": _("model"),
    "rollups": _("sums by the hour"),
    "ruleset": _("rule set"),
    "training": _("training"),
    "transaction": _("transaction"),
    "user": _("person"),
}
# Actions that are not named after what they happen to.
_KIND_OF: Final = {"decisions": "decision_batch", "desk": "desk_setting"} | dict.fromkeys(
    ("alerts", "audit", "cases", "transactions"), "export"
)


def kind_words(kind: str) -> str:
    """What an event happened to, as it is read: ``decision_batch`` is a batch of decisions."""
    return str(KINDS.get(kind, kind))


def action_choice(action: str) -> str:
    """An action to be chosen: of what it is, then the words that the log has for it."""
    return f"{kind_words(_KIND_OF.get(kind := action.partition('.')[0], kind))}: {action_words(action)}"


class AuditFilterForm(FilterForm):
    """Who did what, to what, when."""

    actor = forms.CharField(
        label=_("Who"), max_length=150, required=False, widget=forms.TextInput(attrs={"data-search": True})
    )
    action = forms.CharField(label=_("Did what"), max_length=64, required=False)
    object_type = forms.CharField(label=_("To what"), max_length=32, required=False)
    object_id = forms.CharField(label=_("Its id"), max_length=64, required=False)
    # Of transactions and alerts only.
    customer = currency = amount_min = amount_max = decided_since = decided_until = None  # type: ignore[assignment]

    field_order = ["actor", "action", "object_type", "object_id", "since", "until"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("action", "object_type"):
            words = action_choice if name == "action" else kind_words
            values = sorted(((value, words(value)) for value in audit_values(name)), key=lambda pair: pair[1].lower())
            self.fields[name].widget = forms.Select(choices=[("", _("Anything")), *values])

    def clean(self) -> dict[str, Any]:
        """Ids are unique within their kind."""
        data = super().clean()
        if data.get("object_id") and not data.get("object_type"):
            self.add_error("object_type", _("Choose of what this is the id."))
        return data

    def filters(self) -> AuditFilter:
        """What the selector takes; only after is_valid()."""
        data = self.cleaned_data
        return AuditFilter(
            actor=data["actor"],
            action=data["action"],
            object_type=data["object_type"],
            object_id=data["object_id"],
            since=self.midnight("since"),
            until=self.midnight("until", days=1),
        )
