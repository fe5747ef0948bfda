"""How a report writes its figures, on the page and on paper."""

from datetime import timedelta

from django.utils.translation import gettext as _


def span(time: timedelta) -> str:
    """A time as managers read it.

    >>> span(timedelta(minutes=7)), span(timedelta(hours=30)), span(timedelta(days=3, hours=7))
    ('7 min', '30.0 h', '3.3 d')
    """
    seconds = time.total_seconds()
    if seconds < 3600:
        return _("%s min") % f"{seconds / 60:.0f}"
    if seconds < 48 * 3600:
        return _("%s h") % f"{seconds / 3600:.1f}"
    return _("%s d") % f"{seconds / 86400:.1f}"
