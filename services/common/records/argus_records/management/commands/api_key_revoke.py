import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from argus_records.services.apikeys import ApiKeyError, api_key_revoke


class Command(BaseCommand):
    help = "Revoke an API key by its first characters, as api_key_list shows them. Holds within a second."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            record = api_key_revoke(prefix=options["prefix"], actor="command")
        except ApiKeyError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{record.prefix}... of {record.client.name} is revoked")
