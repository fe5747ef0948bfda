import argparse
import json
from pathlib import Path
from typing import Any

from argus_engine.ruleset import RuleSetError
from django.core.management.base import BaseCommand, CommandError

from argus_records.models import RuleSetVersion
from argus_records.services.rulesets import RuleSetMoveError, ruleset_create, ruleset_move

_ACTIONS = {
    "activate": "put a saved version in force, or back in force",
    "shadow": "let a saved version watch without effect",
    "retire": "put a draft or a shadow aside",
}


class Command(BaseCommand):
    help = "List, show, save and put in force versions of the rule set."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        commands.add_parser("list", help="all versions, newest first")
        show = commands.add_parser("show", help="print a version's document as JSON")
        show.add_argument("version", type=int)
        save = commands.add_parser("save", help="check a JSON file and save it as a new version")
        save.add_argument("file", type=Path)
        save.add_argument("--note", default="", help="why")
        save.add_argument("--live", action="store_true", help="put it in force at once")
        for action, does in _ACTIONS.items():
            move = commands.add_parser(action, help=does)
            move.add_argument("version", type=int)
            move.add_argument("--note", default="", help="why")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["command"])(**options)
        except (RuleSetError, RuleSetMoveError, RuleSetVersion.DoesNotExist, OSError, json.JSONDecodeError) as error:
            raise CommandError(str(error)) from error

    def list(self, **_: Any) -> None:
        for version in RuleSetVersion.objects.order_by("-version"):
            self.stdout.write(
                f"{version.version:>4} {version.created_at:%Y-%m-%d %H:%M} {version.state:7} "
                f"{version.author}: {version.note}"
            )

    def show(self, *, version: int, **_: Any) -> None:
        document = RuleSetVersion.objects.get(version=version).document
        self.stdout.write(json.dumps(document, indent=2, ensure_ascii=False))

    def save(self, *, file: Path, note: str, live: bool, **_: Any) -> None:
        document = json.loads(file.read_text())
        version = ruleset_create(document=document, actor="command", note=note, live=live)
        self.stdout.write(f"saved as version {version.version}" + (", in force" if live else ""))

    def _move(self, *, command: str, version: int, note: str, **_: Any) -> None:
        moved = ruleset_move(version=version, action=command, actor="command", note=note)
        self.stdout.write(f"version {version} is {moved.get_state_display()}")

    activate = shadow = retire = _move
