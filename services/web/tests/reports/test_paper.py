"""What our papers are made with: whole fonts, their letters, and a library that is loaded only when it is needed."""

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import argus_web
import pytest
from argus_web.reports.paper.fonts import MISSING, letters, shown
from argus_web.reports.paper.pages import Paper, pdf
from argus_web.reports.paper.parts import heading, table, text
from pypdf import PdfReader

VENDOR = Path(argus_web.__file__).parent / "reports" / "vendor"


def test_the_fonts_are_those_that_were_taken_in() -> None:
    sums = dict(reversed(line.split()) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    assert {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in sums} == sums
    assert {path.relative_to(VENDOR).as_posix() for path in (VENDOR / "dejavu").iterdir()} == set(sums)


@pytest.mark.parametrize(
    ("first", "last"),
    [("A", "ž"), ("Ș", "ț"), ("Α", "Ω"), ("α", "ώ"), ("Ѐ", "ӹ"), ("Ա", "Ֆ"), ("ა", "ჰ"), ("Ạ", "ỹ")],
    ids=["Latin", "Romanian", "Greek capitals", "Greek", "Cyrillic", "Armenian", "Georgian", "Vietnamese"],
)
def test_scripts_that_are_covered(first: str, last: str) -> None:
    assert not [chr(one) for one in range(ord(first), ord(last) + 1) if chr(one).isalpha() and one not in letters()]


def test_every_letter_there_is_has_something_to_stand_for_it() -> None:
    every = "".join(chr(one) for one in range(sys.maxunicode + 1) if not 0xD800 <= one <= 0xDFFF)
    assert {ord(one) for one in shown(every)} <= letters() | {ord("\n")}
    assert MISSING in shown("張")


def test_what_is_longer_than_a_page_goes_on_on_the_next() -> None:
    rows = [(str(number), f"words {number} " * 900) for number in range(3)]
    content = pdf(
        Paper("Title", "Subject", "foot"),
        [heading("Title", 0), text("x" * 9000), table(["No.", "Words"], rows, widths=(1, 9), numbers={0})],
    )
    reader = PdfReader(io.BytesIO(content))
    said = " ".join(" ".join(page.extract_text() for page in reader.pages).split()) + " "
    assert [said.count(f"words {number} ") for number in range(3)] == [900] * 3
    assert len(reader.pages) > 4


def test_who_prints_nothing_does_not_load_the_library() -> None:
    code = "import django, sys; django.setup(); import argus_web.urls; print('reportlab' in sys.modules)"
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "argus_web.settings", "ARGUS_DEBUG": "1"}
    env |= {"DATABASE_URL": "postgresql://nobody@localhost/none", "REDIS_URL": "redis://localhost/0"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
