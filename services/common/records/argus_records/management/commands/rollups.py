import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from argus_records.services.rollups import FOLD, rollups_fold, rollups_forget


class Command(BaseCommand):
    help = (
        "Build the hours' sums of a ledger that has none yet, piece by piece beside the running services. The workers' "
        "sweeps do the same by and by; running it again, or beside them, changes nothing. Whatever has not been "
        "added is added up when it is read."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--chunk", type=int, default=FOLD, help="decisions added in one transaction (%(default)s)")
        parser.add_argument(
            "--anew", action="store_true", help="forget all sums first; as the owner of the tables, who may delete"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["chunk"] < 1:
            raise CommandError("--chunk must be at least 1")
        if options["anew"]:
            rollups_forget()
        added, told = 0, 0
        while (done := rollups_fold(limit=options["chunk"])) is not None:
            added += done.decisions
            if added - told >= 1_000_000:
                self.stdout.write(f"{added:,} decisions so far")
                told = added
        self.stdout.write(f"{added:,} decisions were added; the hours' sums are up to date")
