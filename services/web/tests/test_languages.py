"""The desk's language is English, or one whose catalogue is there."""

from pathlib import Path

import pytest
from argus_records.conf import Env, SettingsError
from argus_web.languages import language


def test_english_needs_nothing() -> None:
    assert language(Env({})) == ("en", [("en", "English")], [])


def test_another_is_found_where_it_is_said_to_be(tmp_path: Path) -> None:
    catalogue = tmp_path / "pt_BR" / "LC_MESSAGES" / "django.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.touch()
    found = language(Env({"ARGUS_LANGUAGE": "pt-br", "ARGUS_LOCALE_PATH": str(tmp_path)}))
    assert found == ("pt-br", [("pt-br", "Brazilian Portuguese")], [tmp_path])


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"ARGUS_LANGUAGE": "klingon"}, "ARGUS_LANGUAGE is 'klingon'; expected the code of a language"),
        ({"ARGUS_LANGUAGE": "de"}, "ARGUS_LANGUAGE is de; ARGUS_LOCALE_PATH must say where"),
        (
            {"ARGUS_LANGUAGE": "de", "ARGUS_LOCALE_PATH": "/nowhere"},
            "/nowhere/de/LC_MESSAGES/django.mo is not there; scripts/messages",
        ),
    ],
)
def test_one_that_is_not_there_stops_the_start(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        language(Env(environ))
