"""Saving rule sets and moving them between their states."""

from types import MappingProxyType
from typing import Any, Final

from argus_engine.ruleset import RuleSet, default_ruleset
from django.db import connection, transaction
from django.utils.translation import gettext as _

from argus_records.models import ManagedList, RuleSetState, RuleSetVersion
from argus_records.services.audit import audit_record

# From state -> action -> to state. Whatever is live or in shadow moves on by itself when another takes its place.
MOVES: Final = MappingProxyType(
    {
        RuleSetState.DRAFT: {
            "shadow": RuleSetState.SHADOW,
            "activate": RuleSetState.LIVE,
            "retire": RuleSetState.RETIRED,
        },
        RuleSetState.SHADOW: {
            "activate": RuleSetState.LIVE,
            "retire": RuleSetState.RETIRED,
        },
        RuleSetState.LIVE: {},
        RuleSetState.RETIRED: {
            "shadow": RuleSetState.SHADOW,
            "activate": RuleSetState.LIVE,
        },
    }
)
_AUDITED: Final = {"shadow": "ruleset.shadowed", "activate": "ruleset.activated", "retire": "ruleset.retired"}
NOTE_MAX_LENGTH: Final = 4000
# Any fixed number: the key of the advisory lock under which versions are saved and moved.
_LOCK: Final = 0x52554C45


class RuleSetMoveError(Exception):
    """The move is not possible; the message says why."""


def ruleset_moves(state: str) -> list[str]:
    """The actions that are possible from ``state``."""
    return list(MOVES[RuleSetState(state)])


def ruleset_check(document: dict[str, Any] | str) -> RuleSet:
    """A rule set that may be saved: well formed, and the managed lists it asks for exist.

    Raises what RuleSet.parse raises for any other.
    """
    return RuleSet.parse(document, dict(ManagedList.objects.values_list("name", "kind")))


@transaction.atomic
def ruleset_create(
    *, document: dict[str, Any], actor: str, note: str = "", live: bool = False, parent: int | None = None
) -> RuleSetVersion:
    """Save a rule set as a new version, a draft, and put it in force if ``live``.

    ``parent``: the version that was edited. A draft that was edited is retired: the new one takes its place. Raises
    what RuleSet.parse raises for a document that is not a rule set, and RuleSetMoveError if somebody else has saved on
    top of the same draft.
    """
    ruleset = ruleset_check(document)
    rulesets_lock()
    edited = None if parent is None else RuleSetVersion.objects.get(pk=parent)
    if edited is not None:
        _replace_draft(edited)
    version = RuleSetVersion.objects.create(
        document=document, digest=ruleset.digest, author=actor, note=note, parent=edited, state=RuleSetState.DRAFT
    )
    audit_record(
        actor=actor,
        action="ruleset.created",
        object_type="ruleset",
        object_id=version.pk,
        after={"digest": ruleset.digest, "parent": parent},
        note=note,
    )
    if live:
        return ruleset_move(version=version.pk, action="activate", actor=actor, note=note)
    return version


def _replace_draft(edited: RuleSetVersion) -> None:
    if edited.state == RuleSetState.DRAFT:
        RuleSetVersion.objects.filter(pk=edited.pk).update(state=RuleSetState.RETIRED)
    elif edited.state == RuleSetState.RETIRED:
        newer = edited.children.filter(state=RuleSetState.DRAFT).order_by("-version").first()
        if newer is not None:
            raise RuleSetMoveError(
                _("Version %(n)d, by %(who)s, has replaced this draft meanwhile: edit that one.")
                % {"n": newer.pk, "who": newer.author}
            )


@transaction.atomic
def ruleset_move(*, version: int, action: str, actor: str, note: str = "") -> RuleSetVersion:
    """Move a version: into shadow, in force, or out of the way.

    What held the place before is retired. Workers take it up with their next batch. Raises
    RuleSetVersion.DoesNotExist, or RuleSetMoveError when the move is not possible.
    """
    rulesets_lock()
    places = RuleSetVersion.objects.filter(state__in=[RuleSetState.LIVE, RuleSetState.SHADOW])
    held = {RuleSetState(found.state): found for found in places}
    moved = RuleSetVersion.objects.get(pk=version)
    target = _allowed(moved, action, held.get(RuleSetState.LIVE))
    if len(note) > NOTE_MAX_LENGTH:
        raise RuleSetMoveError(_("A note has at most %d characters.") % NOTE_MAX_LENGTH)
    before = {"state": moved.state, "live": _pk(held.get(RuleSetState.LIVE))}
    if target in held:
        _retire(held[target], actor, by=moved)
    shadow = held.get(RuleSetState.SHADOW)
    if target == RuleSetState.LIVE and shadow is not None and shadow != moved and not _comparable(shadow, moved):
        _retire(shadow, actor, by=moved)
    moved.state = target
    moved.save(update_fields=["state"])
    audit_record(
        actor=actor,
        action=_AUDITED[action],
        object_type="ruleset",
        object_id=version,
        before=before,
        after={"state": target, "live": version if target == RuleSetState.LIVE else before["live"]},
        note=note,
    )
    return moved


def rulesets_lock() -> None:
    """Whoever else saves or moves a version waits until this transaction ends; readers and workers do not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _allowed(moved: RuleSetVersion, action: str, live: RuleSetVersion | None) -> RuleSetState:
    """Where the move leads. The one place that says when a move is allowed; who may is asked before."""
    target = MOVES[RuleSetState(moved.state)].get(action)
    if target is None:
        raise RuleSetMoveError(
            _("Version %(n)d is %(state)s; this is not possible now.")
            % {"n": moved.pk, "state": moved.get_state_display()}
        )
    if target == RuleSetState.SHADOW and live is not None and not _comparable(moved, live):
        raise RuleSetMoveError(
            _(
                "Its reporting amounts or its near ratio differ from those of the live version, on which the sums of "
                "cash just below the threshold rest: in shadow it would be shown wrong numbers."
            )
        )
    if target in {RuleSetState.SHADOW, RuleSetState.LIVE}:
        # Documents never change, lists may have been made since: what was refused once may be asked for again.
        ruleset_check(moved.document)
    return target


def _comparable(one: RuleSetVersion, other: RuleSetVersion) -> bool:
    """Whether both read the same features: only then can one be in shadow of the other."""
    digests = {RuleSet.parse(version.document).feature_config().digest for version in (one, other)}
    return len(digests) == 1


def _retire(held: RuleSetVersion, actor: str, *, by: RuleSetVersion) -> None:
    before = held.state
    RuleSetVersion.objects.filter(pk=held.pk).update(state=RuleSetState.RETIRED)
    audit_record(
        actor=actor,
        action="ruleset.retired",
        object_type="ruleset",
        object_id=held.pk,
        before={"state": before},
        after={"state": RuleSetState.RETIRED, "by": by.pk},
    )


def _pk(version: RuleSetVersion | None) -> int | None:
    return version.pk if version else None


def ruleset_ensure_default() -> None:
    """Put the shipped rule set in force where there is none yet. Runs after every migration."""
    with transaction.atomic(), connection.cursor() as cursor:
        if RuleSetVersion._meta.db_table not in connection.introspection.table_names(cursor):
            return
        rulesets_lock()
        if not RuleSetVersion.objects.exists():
            ruleset_create(document=default_ruleset().document(), actor="system", note="as shipped", live=True)
