"""Inviting people by a link that makes one account, once."""

from collections.abc import Collection

from argus_records.models import Invitation
from argus_records.services.audit import audit_record
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from argus_web.accounts.actors import actor_of, person_of
from argus_web.accounts.guard import OfficerError, check_manager
from argus_web.accounts.links import LIFETIME, LinkRefusedError, Refusal, digest, token_new
from argus_web.accounts.permissions import may
from argus_web.accounts.roles import Permission, Role
from argus_web.accounts.services import check_username, officer_create


@transaction.atomic
def invitation_create(*, username: str, roles: Collection[Role], by: User, email: str = "") -> tuple[Invitation, str]:
    """Invite somebody. Returns the record and the token of the link, shown only here.

    Raises OfficerError for who may not, for a name that is malformed, taken or invited already, and without a role.
    """
    check_manager(by)
    check_username(username)
    if not roles:
        raise OfficerError(_("choose at least one role"))
    if User.objects.filter(username=username).exists():
        raise OfficerError(_("there is an account named %s already") % username)
    open_ = Invitation.objects.select_for_update().filter(username=username, accepted_at=None, revoked_at=None).first()
    if open_ is not None:
        if open_.expires_at > timezone.now():
            raise OfficerError(_("%s is invited already: revoke that invitation first") % username)
        _revoke(open_, actor=actor_of(by), note="expired, and invited anew")
    token = token_new()
    now = timezone.now()
    try:
        with transaction.atomic():
            made = Invitation.objects.create(
                username=username,
                email=email,
                roles=sorted(roles),
                digest=digest(token),
                invited_by=actor_of(by),
                invited_at=now,
                expires_at=now + LIFETIME,
            )
    except IntegrityError as error:
        raise OfficerError(_("%s is invited already: revoke that invitation first") % username) from error
    audit_record(
        actor=actor_of(by),
        action="invitation.created",
        object_type="invitation",
        object_id=made.pk,
        after={"username": username, "roles": made.roles, "expires_at": made.expires_at.isoformat()},
    )
    return made, token


@transaction.atomic
def invitation_revoke(*, invitation_id: int, by: User) -> Invitation:
    """Make a link worthless. Raises Invitation.DoesNotExist, and OfficerError for who may not and for a spent one."""
    check_manager(by)
    found = Invitation.objects.select_for_update().get(pk=invitation_id)
    if found.accepted_at is not None:
        raise OfficerError(_("%s has used the invitation already: close the account instead") % found.username)
    if found.revoked_at is None:
        _revoke(found, actor=actor_of(by))
    return found


def _revoke(found: Invitation, *, actor: str, note: str = "") -> None:
    found.revoked_at, found.revoked_by = timezone.now(), actor
    found.save(update_fields=["revoked_at", "revoked_by"])
    audit_record(
        actor=actor,
        action="invitation.revoked",
        object_type="invitation",
        object_id=found.pk,
        before={"revoked": False},
        after={"revoked": True},
        note=note,
    )


def invitation_of(token: str) -> Invitation:
    """The invitation that a link opens. Raises LinkRefusedError."""
    return _usable(Invitation.objects.filter(digest=digest(token)).first())


def _usable(found: Invitation | None) -> Invitation:
    if found is None:
        raise LinkRefusedError(Refusal.UNKNOWN)
    if found.accepted_at is not None:
        raise LinkRefusedError(Refusal.USED, found)
    if found.revoked_at is not None:
        raise LinkRefusedError(Refusal.REVOKED, found)
    if found.expires_at <= timezone.now():
        raise LinkRefusedError(Refusal.EXPIRED, found)
    inviter = User.objects.filter(username=person_of(found.invited_by)).first()
    if inviter is None or not may(inviter, Permission.MANAGE_PEOPLE):
        raise LinkRefusedError(Refusal.UNBACKED, found)
    return found


@transaction.atomic
def invitation_accept(*, token: str, password: str) -> User:
    """Make the account that a link stands for. Of two at once, the second finds it used: the row is locked.

    Raises LinkRefusedError, and OfficerError for a password that the policy refuses or a name taken meanwhile.
    """
    found = _usable(Invitation.objects.select_for_update().filter(digest=digest(token)).first())
    user = officer_create(
        username=found.username,
        password=password,
        actor=found.invited_by,
        roles=[Role(role) for role in found.roles],
        email=found.email,
    )
    found.accepted_at = timezone.now()
    found.save(update_fields=["accepted_at"])
    audit_record(
        actor=actor_of(user),
        action="invitation.accepted",
        object_type="invitation",
        object_id=found.pk,
        before={"accepted": False},
        after={"accepted": True, "user": user.pk},
    )
    return user


@transaction.atomic
def invitation_refused(*, refused: LinkRefusedError, address: str | None) -> None:
    """Somebody came with a link that opens nothing."""
    audit_record(
        actor="anonymous",
        action="invitation.refused",
        object_type="invitation",
        object_id=refused.link.pk if refused.link else "unknown",
        after={"why": refused.refusal, "address": address},
    )
