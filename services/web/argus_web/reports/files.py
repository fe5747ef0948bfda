"""Answers that are files."""

from django.http import HttpResponse


def file_answer(content: bytes, *, name: str, media_type: str) -> HttpResponse:
    """A file to be kept by who asked for it, and by nobody on the way."""
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
