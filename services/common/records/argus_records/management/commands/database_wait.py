import argparse
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from argus_records.selectors.schema import migrations_missing, tables_refused

POLL_SECONDS = 1.0


class Command(BaseCommand):
    help = (
        "Wait until the database answers, has had all migrations that this service knows, and lets the role in use "
        "read its tables. Ends with status 1 and the reason when the time is over."
    )
    # The settings are checked when they are read; the rest would only delay the first look.
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS", help="default: %(default)s")
        parser.add_argument("--answers", action="store_true", help="wait only until the database answers")

    def handle(self, *args: Any, **options: Any) -> None:
        # A pool would go on knocking by itself, in threads of its own.
        connection.settings_dict["OPTIONS"].pop("pool", None)
        until = time.monotonic() + options["timeout"]
        said = ""
        while lacking := _lacking(answers=options["answers"]):
            if time.monotonic() >= until:
                raise CommandError(f"gave up after {options['timeout']:g} seconds: {lacking}")
            if lacking != said:
                self.stdout.write(f"waiting: {lacking}")
                said = lacking
            time.sleep(POLL_SECONDS)
        self.stdout.write("the database answers" if options["answers"] else "the database is ready")


def _lacking(*, answers: bool) -> str:
    """What the database still lacks; empty when it is ready."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if answers:
            return ""
        if missing := migrations_missing():
            return f"{missing} migrations are not applied yet"
        if refused := tables_refused():
            return f"the role may not read {', '.join(refused)} yet"
    except Error as error:
        connection.close()
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no answer'}"
    return ""
