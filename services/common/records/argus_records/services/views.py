"""Keeping filters under a name. Nobody else sees them, so the audit log has nothing to say of them."""

from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from argus_records.models import SavedView

PAGES: Final = frozenset({"cases", "alerts", "transactions"})
VIEWS_AT_MOST: Final = 30


class ViewError(Exception):
    """The view cannot be kept; the message says why."""


@transaction.atomic
def view_save(*, actor: str, page: str, name: str, query: str) -> SavedView:
    """Keep a list's filters under a name; the same name again takes the new filters. Raises ViewError."""
    name = name.strip().replace("\0", "")
    if not 0 < len(name) <= 60:
        raise ViewError(_("Give the view a name of 1 to 60 characters."))
    if page not in PAGES or len(query) > 2000:
        raise ViewError(_("These filters cannot be kept."))
    mine = SavedView.objects.filter(actor=actor, page=page)
    if mine.exclude(name=name).count() >= VIEWS_AT_MOST:
        raise ViewError(_("%s views of a list are the most; remove one first.") % VIEWS_AT_MOST)
    return SavedView.objects.update_or_create(actor=actor, page=page, name=name, defaults={"query": query})[0]


@transaction.atomic
def view_remove(*, actor: str, view_id: int) -> None:
    """Forget one's own view; another's is left alone."""
    SavedView.objects.filter(actor=actor, pk=view_id).delete()
