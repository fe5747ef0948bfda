"""Lists as CSV, streamed page by page: a million rows need no more memory than one page."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from argus_records.selectors.paging import Page
from argus_records.services.audit import audit_record
from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse

from argus_web.accounts.actors import actor_of

PAGE: Final = 1_000
# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def cell(value: Any) -> str:
    """A value as a cell; text that a spreadsheet would run is made harmless.

    >>> cell("=1+1"), cell(True), cell(None)
    ("'=1+1", 'yes', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return str(value)


def pages(page: Callable[[str], Page[Any]]) -> Iterator[Any]:
    """All rows, from the first page to the last."""
    cursor = ""
    while True:
        found = page(cursor)
        yield from found.rows
        if not found.next:
            return
        cursor = found.next


def streamed(
    request: HttpRequest, *, name: str, filters: Any, header: Iterable[str], rows: Iterable[Iterable[Any]]
) -> StreamingHttpResponse:
    """A list as a file; that it was taken away stands in the audit log before it begins, with its ``filters``."""
    with transaction.atomic():
        audit_record(
            actor=actor_of(request.user),
            action=f"{name}.exported",
            object_type="export",
            object_id=name,
            after={field: str(value) for field, value in asdict(filters).items() if value},
        )
    writer = csv.writer(_Echo())
    lines = (writer.writerow([cell(value) for value in row]) for row in rows)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")

    def body() -> Iterator[str]:
        # A spreadsheet reads UTF-8 when told so.
        yield "\ufeff"
        yield writer.writerow(list(header))
        yield from lines

    answer = StreamingHttpResponse(body(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{stamp}.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer
