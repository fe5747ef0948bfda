"""A catalogue is collected, kept, compiled, and then spoken by the web service."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SHOW: Final = """
import django
django.setup()
from argus_records.models import CaseState
from django.template.loader import render_to_string
print(render_to_string("404.html"))
print(CaseState.WAITING.label)
"""


def collect(folder: Path) -> Path:
    subprocess.run([ROOT / "scripts" / "messages", folder, "de"], check=True, capture_output=True)
    return folder / "de" / "LC_MESSAGES" / "django.po"


def translated(catalogue: str, text: str, into: str) -> str:
    """The catalogue with one more translation."""
    found = re.compile(rf'(msgid "{re.escape(text)}"\nmsgstr )""')
    assert found.search(catalogue), text
    return found.sub(rf'\1"{into}"', catalogue)


def test_what_is_translated_stays_and_is_shown(tmp_path: Path) -> None:
    po = collect(tmp_path)
    first = po.read_text()
    second = translated(first, "There is nothing here", "Hier ist nichts übrig")
    po.write_text(translated(second, "waiting for information", "wartet"))
    assert collect(tmp_path).read_text().count("Hier ist nichts übrig") == 1
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], check=True, capture_output=True, text=True,
        env=os.environ | {
            "DJANGO_SETTINGS_MODULE": "argus_web.settings", "ARGUS_DEBUG": "1", "ARGUS_LANGUAGE": "de",
            "ARGUS_LOCALE_PATH": str(tmp_path), "DATABASE_URL": "postgresql://nobody@localhost/none",
            "REDIS_URL": "redis://localhost/0",
        },
    ).stdout  # fmt: skip
    assert "Hier ist nichts übrig" in shown
    assert 'lang="de"' in shown
    assert shown.splitlines()[-1] == "wartet"
