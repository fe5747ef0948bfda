import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from argus_records.models import Scope
from argus_records.services.apikeys import DEFAULT_RATE_LIMIT, ApiKeyError, api_key_create


class Command(BaseCommand):
    help = "Make an API key for a client (made too, if new). Prints the key once, as the last line."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--client", required=True, help="name of the system that will use the key")
        parser.add_argument(
            "--scopes",
            default="ingest,read,label",
            help=f"comma-separated, of {', '.join(Scope.values)} (default: all)",
        )
        parser.add_argument(
            "--rate-limit", type=int, default=DEFAULT_RATE_LIMIT, help="requests a second (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _, key = api_key_create(
                client=options["client"],
                scopes=[scope.strip() for scope in options["scopes"].split(",") if scope.strip()],
                rate_limit=options["rate_limit"],
                actor="command",
            )
        except ApiKeyError as error:
            raise CommandError(str(error)) from error
        self.stderr.write("Keep this key now; it is not shown again.")
        self.stdout.write(key)
