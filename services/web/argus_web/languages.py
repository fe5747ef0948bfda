"""The language that the desk speaks: English, or one whose catalogue the institution brings."""

from pathlib import Path

from argus_records.conf import Env, SettingsError
from django.conf import global_settings
from django.utils.translation import to_locale


def language(env: Env) -> tuple[str, list[tuple[str, str]], list[Path]]:
    """Its code, the languages there are, and where catalogues are looked for: what Django's settings take.

    Raises SettingsError for a language that Django does not know, and for one without a compiled catalogue.
    """
    code = env.text("ARGUS_LANGUAGE", default="en")
    folder = env.text("ARGUS_LOCALE_PATH", default="")
    known = {name: said for name, said in global_settings.LANGUAGES if name == code}
    if not known:
        raise SettingsError(f"ARGUS_LANGUAGE is {code!r}; expected the code of a language, such as de or pt-br")
    paths = [Path(folder)] if folder else []
    if code != "en":
        if not folder:
            raise SettingsError(f"ARGUS_LANGUAGE is {code}; ARGUS_LOCALE_PATH must say where its catalogue is")
        catalogue = Path(folder, to_locale(code), "LC_MESSAGES", "django.mo")
        if not catalogue.is_file():
            raise SettingsError(f"ARGUS_LOCALE_PATH: {catalogue} is not there; scripts/messages makes it")
    return code, list(known.items()), paths
