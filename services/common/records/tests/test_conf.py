"""Settings: strict, and clear about what is wrong."""

from pathlib import Path

import pytest
from argus_records.conf import KNOWN, Env, SettingsError

URL = "postgresql://argus:s%40cret@db.internal:5433/argus?sslmode=require"


def test_database_url() -> None:
    database = Env({"DATABASE_URL": URL}).database()
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.internal", "5433", "argus")
    assert (database["USER"], database["PASSWORD"]) == ("argus", "s@cret")
    assert database["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["sqlite:///x", "postgresql://host", "nonsense"])
def test_only_postgres(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL.*PostgreSQL only"):
        Env({"DATABASE_URL": url}).database()


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(SettingsError) as raised:
        Env({"DATABASE_URL": "mysql://argus:secret@db/argus"}).database()
    assert "secret" not in str(raised.value)


def test_missing_is_named_with_a_hint() -> None:
    with pytest.raises(SettingsError, match="REDIS_URL is not set; for example redis://"):
        Env({}).redis()


def test_misspelt_is_named_with_the_right_one() -> None:
    with pytest.raises(SettingsError, match="ARGUS_SECRETKEY is not a setting.*ARGUS_SECRET_KEY"):
        Env({"ARGUS_SECRETKEY": "x"})


def test_one_that_is_gone_is_named_with_what_took_its_place() -> None:
    with pytest.raises(SettingsError, match="ARGUS_ALERT_DUE_HOURS is no longer.*ARGUS_CASE_DUE_HOURS"):
        Env({"ARGUS_ALERT_DUE_HOURS": "24"})


def test_secret_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from file\n")
    assert Env({"ARGUS_SECRET_KEY_FILE": str(file)}).text("ARGUS_SECRET_KEY") == "from file"
    with pytest.raises(SettingsError, match="both set"):
        Env({"ARGUS_SECRET_KEY_FILE": str(file), "ARGUS_SECRET_KEY": "x"}).text("ARGUS_SECRET_KEY")
    with pytest.raises(SettingsError, match="cannot be read"):
        Env({"ARGUS_SECRET_KEY_FILE": str(tmp_path / "none")}).text("ARGUS_SECRET_KEY")


def test_numbers_flags_choices() -> None:
    env = Env({"ARGUS_DEBUG": "maybe", "ARGUS_WEB_THREADS": "many", "ARGUS_LOG_FORMAT": "xml"})
    with pytest.raises(SettingsError, match="ARGUS_DEBUG is 'maybe'; expected 1 or 0"):
        env.flag("ARGUS_DEBUG", default=False)
    with pytest.raises(SettingsError, match="ARGUS_WEB_THREADS is 'many'; expected a whole number from 1 to 9"):
        env.number("ARGUS_WEB_THREADS", default=1, low=1, high=9)
    with pytest.raises(SettingsError, match="ARGUS_LOG_FORMAT is 'xml'; expected console or json"):
        env.choice("ARGUS_LOG_FORMAT", default="json", choices=("console", "json"))


def test_every_setting_is_documented() -> None:
    documented = (Path(__file__).parents[4] / "docs" / "operations.md").read_text()
    # ARGUS_VENV is read by scripts alone, whose --help tells of it.
    assert {name for name in KNOWN if f"`{name}`" not in documented} <= {"ARGUS_VENV"}
