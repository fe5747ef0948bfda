"""Reading settings from the environment, strictly, and what every service's settings have in common.

A variable that is missing, does not parse or looks misspelt stops the start and is named. A secret may
come from the file that ``NAME_FILE`` points at instead of from ``NAME`` itself.
"""

import difflib
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

# Every ARGUS_ variable that some service reads. One that is set and not here is taken for a slip.
KNOWN = frozenset(
    {
        "ARGUS_ALERTS_A_DAY",
        "ARGUS_ALLOWED_HOSTS",
        "ARGUS_BATCH_MAX_BYTES",
        "ARGUS_BEHIND_PROXY",
        "ARGUS_CASE_DUE_HOURS",
        "ARGUS_CASE_WINDOW_DAYS",
        "ARGUS_CODE_VERSION",
        "ARGUS_CSRF_TRUSTED_ORIGINS",
        "ARGUS_DATABASE_CAPACITY_GIB",
        "ARGUS_DEBUG",
        "ARGUS_DISK_PATH",
        "ARGUS_DOORS",
        "ARGUS_FOUR_EYES_AMOUNTS",
        "ARGUS_HTTPS",
        "ARGUS_LANGUAGE",
        "ARGUS_LIVE_VIEWERS",
        "ARGUS_LOCALE_PATH",
        "ARGUS_LOG_FORMAT",
        "ARGUS_LOG_LEVEL",
        "ARGUS_MINUTES_PER_ALERT",
        "ARGUS_MODEL_CACHE",
        "ARGUS_MODEL_MAX_AGE_HOURS",
        "ARGUS_MODEL_NAME",
        "ARGUS_REVIEW_RATE",
        "ARGUS_SECRET_KEY",
        "ARGUS_STATIC_ROOT",
        "ARGUS_TRAINER_CRON",
        "ARGUS_TRAINER_HEARTBEAT",
        "ARGUS_TRAINER_METRICS_PORT",
        "ARGUS_WEB_BIND",
        "ARGUS_WEB_THREADS",
        "ARGUS_WORKER_BATCH",
        "ARGUS_WORKER_HEARTBEAT",
        "ARGUS_WORKER_METRICS_PORT",
        "ARGUS_VENV",
    }
)
# What was a setting once, and what is said instead.
RETIRED = {"ARGUS_ALERT_DUE_HOURS": "cases have deadlines now, ARGUS_CASE_DUE_HOURS"}


class SettingsError(Exception):
    """A setting is missing, malformed or misspelt. The message names it and says what is expected."""


class Env:
    """Typed access to environment variables.

    >>> Env({"ARGUS_DEBUG": "1"}).flag("ARGUS_DEBUG", default=False)
    True
    >>> Env({}).text("REDIS_URL")
    Traceback (most recent call last):
    ...
    argus_records.conf.SettingsError: REDIS_URL is not set
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.environ = os.environ if environ is None else environ
        for name in self.environ:
            if name.startswith("ARGUS_") and name.removesuffix("_FILE") not in KNOWN:
                if name in RETIRED:
                    raise SettingsError(f"{name} is no longer a setting of Argus: {RETIRED[name]}; take it out")
                close = difflib.get_close_matches(name, KNOWN, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                raise SettingsError(f"{name} is not a setting of Argus{hint}")

    def text(self, name: str, *, default: str | None = None, hint: str = "") -> str:
        """The value of ``name``, or of the file named by ``NAME_FILE``."""
        value = self.environ.get(name)
        file = self.environ.get(f"{name}_FILE")
        if value is not None and file is not None:
            raise SettingsError(f"{name} and {name}_FILE are both set; keep one")
        if file is not None:
            try:
                value = Path(file).read_text().strip()
            except OSError as error:
                raise SettingsError(f"{name}_FILE: {file} cannot be read: {error.strerror}") from error
        if value is not None and value != "":
            return value
        if default is None:
            raise SettingsError(f"{name} is not set" + (f"; {hint}" if hint else ""))
        return default

    def flag(self, name: str, *, default: bool) -> bool:
        """A yes or no: 1/0, true/false, yes/no, on/off."""
        value = self.text(name, default="1" if default else "0").lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off"}:
            return False
        self._refuse(name, value, "1 or 0")

    def number(self, name: str, *, default: int, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self.text(name, default=str(default))
        if value.isascii() and value.isdigit() and low <= int(value) <= high:
            return int(value)
        self._refuse(name, value, f"a whole number from {low} to {high}")

    def share(self, name: str, *, default: str) -> float:
        """A share between 0 and 1, neither of them.

        >>> Env({"ARGUS_REVIEW_RATE": "0.01"}).share("ARGUS_REVIEW_RATE", default="0.005")
        0.01
        """
        value = self.text(name, default=default)
        try:
            found = float(value)
        except ValueError:
            found = 0.0
        if 0.0 < found < 1.0:
            return found
        self._refuse(name, value, "a share above 0 and below 1, as 0.005")

    def hours(self, name: str, *, default: str) -> dict[str, int]:
        """Whole hours for urgent, high, normal and low, none shorter than the one before it.

        >>> Env({}).hours("ARGUS_CASE_DUE_HOURS", default="4,24,72,168")["high"]
        24
        """
        words = self.words(name, default=default)
        levels = ("urgent", "high", "normal", "low")
        found = [int(word) for word in words if word.isascii() and word.isdigit() and 1 <= int(word) <= 8760]
        if len(found) == len(words) == len(levels) and found == sorted(found):
            return dict(zip(levels, found, strict=True))
        self._refuse(name, ",".join(words), "four whole hours from 1 to 8760, in rising order, as 4,24,72,168")

    def amounts(self, name: str, *, default: str) -> dict[str, Decimal]:
        """One amount for every currency, under ``*``, and others for some.

        >>> Env({}).amounts("ARGUS_FOUR_EYES_AMOUNTS", default="10000,JPY:1500000")["JPY"]
        Decimal('1500000')
        """
        words = self.words(name, default=default)
        found: dict[str, Decimal] = {}
        for word in words:
            currency, _, amount = word.rpartition(":")
            known = currency == "" or (len(currency) == 3 and currency.isascii() and currency.isupper())
            if not known or not amount.isascii() or not amount.isdigit() or int(amount) < 1:
                self._refuse(name, ",".join(words), "a whole amount, and others by currency, as 10000,JPY:1500000")
            found[currency or "*"] = Decimal(amount)
        if "*" not in found:
            self._refuse(name, ",".join(words), "an amount for all other currencies, as 10000,JPY:1500000")
        return found

    def choice(self, name: str, *, default: str, choices: tuple[str, ...]) -> str:
        """One of ``choices``."""
        value = self.text(name, default=default)
        if value in choices:
            return value
        self._refuse(name, value, " or ".join(choices))

    def words(self, name: str, *, default: str) -> list[str]:
        """A comma-separated list."""
        return [word.strip() for word in self.text(name, default=default).split(",") if word.strip()]

    def database(self) -> dict[str, Any]:
        """``DATABASES["default"]`` from ``DATABASE_URL``."""
        name, hint = "DATABASE_URL", "postgresql://user:password@host:5432/argus"
        parts = urlsplit(self.text(name, hint=f"for example {hint}"))
        if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
            self._refuse(name, parts._replace(netloc="...").geturl(), f"the form {hint} (PostgreSQL only)")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
        }

    def redis(self) -> str:
        """``REDIS_URL``."""
        value = self.text("REDIS_URL", hint="for example redis://host:6379/0")
        if urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            self._refuse("REDIS_URL", "...", "the form redis://host:6379/0")
        return value

    def _refuse(self, name: str, value: str, expected: str) -> NoReturn:
        raise SettingsError(f"{name} is {value!r}; expected {expected}")


def common(env: Env) -> dict[str, Any]:
    """Django settings that web, worker and trainer share."""
    return {
        "DATABASES": {"default": env.database()},
        "REDIS_URL": env.redis(),
        "CODE_VERSION": env.text("ARGUS_CODE_VERSION", default=code_version()),
        "MODEL_NAME": env.text("ARGUS_MODEL_NAME", default="argus-isolation-forest"),
        "MLFLOW_TRACKING_URI": env.text("MLFLOW_TRACKING_URI", default="") or None,
        "MINUTES_PER_ALERT": env.number("ARGUS_MINUTES_PER_ALERT", default=30, low=1, high=1440),
        # A further alert on a customer joins the open case whose newest alert is at most so old.
        "CASE_WINDOW_DAYS": env.number("ARGUS_CASE_WINDOW_DAYS", default=30, low=1, high=3650),
        # By when a case is to be decided: hours for urgent, high, normal and low ones.
        "CASE_DUE_HOURS": env.hours("ARGUS_CASE_DUE_HOURS", default="4,24,72,168"),
        # From which amount on closing a case needs a second person.
        "FOUR_EYES_AMOUNTS": env.amounts("ARGUS_FOUR_EYES_AMOUNTS", default="10000,JPY:1500000"),
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "LOG_LEVEL": env.choice("ARGUS_LOG_LEVEL", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR")),
        "LOG_FORMAT": env.choice("ARGUS_LOG_FORMAT", default="console", choices=("console", "json")),
    }


def code_version() -> str:
    """The version of the installed package."""
    from argus_records import __version__

    return __version__
