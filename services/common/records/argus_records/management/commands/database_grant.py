import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from argus_records.services.grants import GrantError, role_grant


class Command(BaseCommand):
    help = (
        "Give the database role that web, worker and trainer sign in as what they need and nothing more. Run it as "
        "the owner of the tables, after every migrate; running it again changes nothing."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--role", required=True, help="the role of the services; it must exist")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            number = role_grant(role=options["role"])
        except GrantError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['role']} has what it needs on {number} tables, and nothing more")
