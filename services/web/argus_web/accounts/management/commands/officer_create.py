"""Makes an account for the dashboard."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from argus_web.accounts.roles import Role
from argus_web.accounts.services import OfficerError, officer_create


class Command(BaseCommand):
    help = "Make an account for the dashboard. The password never stands on the command line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", required=True)
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        source.add_argument("--password-env", metavar="NAME", help="read it from this environment variable")
        parser.add_argument(
            "--role",
            action="append",
            choices=list(Role),
            metavar="ROLE",
            help=f"one of {', '.join(Role)}; repeatable (default: {Role.OFFICER})",
        )
        parser.add_argument("--superuser", action="store_true", help="may do everything")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["password_env"]
        password = os.environ.get(name, "") if name else sys.stdin.readline().rstrip("\n")
        if not password:
            raise CommandError(f"{name} is not set" if name else "no password on standard input")
        try:
            user = officer_create(
                username=options["username"],
                password=password,
                superuser=options["superuser"],
                roles=[Role(name) for name in options["role"] or [Role.OFFICER]],
                actor="system",
            )
        except OfficerError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.username} can sign in now")
