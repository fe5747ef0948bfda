"""Shows, gives and takes roles."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from argus_web.accounts.permissions import roles_of
from argus_web.accounts.roles import DESCRIPTIONS, Role
from argus_web.accounts.services import OfficerError, roles_change


class Command(BaseCommand):
    help = (
        "Show who has which role; give roles to an account, and take them. Holds from its next request on. Roles: "
        + "; ".join(f"{role} ({says})" for role, says in DESCRIPTIONS.items())
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", metavar="USER", help="the account (default: show all)")
        parser.add_argument("--add", action="append", default=[], choices=list(Role), metavar="ROLE", help="repeatable")
        parser.add_argument(
            "--remove", action="append", default=[], choices=list(Role), metavar="ROLE", help="repeatable"
        )
        parser.add_argument("--list", action="store_true", help="show only, as without --add and --remove")

    def handle(self, *args: Any, **options: Any) -> None:
        username, add, remove = options["username"], options["add"], options["remove"]
        if (add or remove) and (options["list"] or username is None):
            raise CommandError("--add and --remove need a USER, and go without --list")
        if add or remove:
            try:
                roles_change(
                    username=username,
                    add=[Role(name) for name in add],
                    remove=[Role(name) for name in remove],
                    actor="command",
                )
            except OfficerError as error:
                raise CommandError(str(error)) from error
        users = User.objects.order_by("username")
        if username is not None:
            users = users.filter(username=username)
            if not users:
                raise CommandError(f"there is no account named {username}")
        for user in users:
            state = [*sorted(roles_of(user)), *(["superuser"] if user.is_superuser else [])]
            off = "" if user.is_active else "  (cannot sign in)"
            self.stdout.write(f"{user.username:24} {', '.join(state) or 'no role'}{off}")
