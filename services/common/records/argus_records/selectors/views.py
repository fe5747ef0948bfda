"""Views of lists that somebody keeps."""

from argus_records.models import SavedView


def views_of(*, actor: str, page: str) -> list[SavedView]:
    """Somebody's views of a list, by name."""
    return list(SavedView.objects.filter(actor=actor, page=page).order_by("name"))
