"""Inviting people, their roles, and why an account is closed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from argus_web.accounts.roles import Role
from argus_web.accounts.services import USERNAME_MAX_LENGTH

WHY_MAX_LENGTH = 500


class _RolesField(forms.MultipleChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        choices = [(role.value, role) for role in Role]
        super().__init__(label=_("Roles"), choices=choices, widget=forms.CheckboxSelectMultiple, **kwargs)

    def clean(self, value: Any) -> set[Role]:
        return {Role(name) for name in super().clean(value)}


class InviteForm(forms.Form):
    """Whom to invite."""

    username = forms.CharField(
        label=_("User name"),
        max_length=USERNAME_MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    email = forms.EmailField(
        label=_("E-mail (optional; shown here, nothing is sent)"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    roles = _RolesField(error_messages={"required": _("Choose at least one role.")})


class RolesForm(forms.Form):
    """Roles of an account. What was seen comes back, so that only what was changed here is changed."""

    roles = _RolesField(required=False)
    seen = forms.MultipleChoiceField(
        required=False, choices=[(role.value, role.value) for role in Role], widget=forms.MultipleHiddenInput
    )
    note = forms.CharField(label=_("Why? (optional)"), max_length=WHY_MAX_LENGTH, required=False)

    def changes(self) -> tuple[set[Role], set[Role]]:
        """What to give and what to take; only after is_valid()."""
        chosen: set[Role] = self.cleaned_data["roles"]
        seen = {Role(name) for name in self.cleaned_data["seen"]}
        return chosen - seen, seen - chosen


class WhyForm(forms.Form):
    """A reason."""

    why = forms.CharField(
        label=_("Why?"),
        max_length=WHY_MAX_LENGTH,
        error_messages={"required": _("Say why: an examiner will read it.")},
    )


class PasswordLinkForm(forms.Form):
    """Why a link to a new password is made."""

    how = forms.CharField(
        label=_("How do you know who asks?"),
        max_length=WHY_MAX_LENGTH,
        error_messages={"required": _("Say how: an examiner will read it.")},
    )
