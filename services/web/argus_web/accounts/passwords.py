"""A new password for who forgot theirs, by a link that an administrator hands over.

Whoever opens the link first has the account, as with an invitation. So the log says who made it and why, and the owner
notices: their old password is worthless, and they are signed out everywhere.
"""

from argus_records.models import PasswordLink
from argus_records.services.audit import audit_record
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from argus_web.accounts.actors import actor_of, person_of
from argus_web.accounts.guard import OfficerError, account_change
from argus_web.accounts.links import LIFETIME, LinkRefusedError, Refusal, digest, token_new
from argus_web.accounts.permissions import may
from argus_web.accounts.roles import Permission
from argus_web.accounts.sessions import sessions_delete


def password_link_make(*, username: str, by: User, why: str) -> tuple[PasswordLink, str]:
    """Make a link for somebody else. Returns the record and the token of the link, shown only here.

    One that was made before and not used is void from now on. Raises OfficerError for one's own account, for a closed
    one, and for who may not.
    """
    with account_change(username=username, by=by) as user:
        if by.pk == user.pk:
            raise OfficerError(_("you cannot make a link for yourself: ask another administrator"))
        if not user.is_active:
            raise OfficerError(_("the account %s is closed: reopen it first") % username)
        void = password_links_void(user)
        token, now = token_new(), timezone.now()
        made = PasswordLink.objects.create(
            username=username, digest=digest(token), made_by=actor_of(by), made_at=now, expires_at=now + LIFETIME
        )
        audit_record(
            actor=actor_of(by),
            action="user.password_link_made",
            object_type="user",
            object_id=user.pk,
            after={"link": made.pk, "expires_at": made.expires_at.isoformat(), "void": void},
            note=why,
        )
    return made, token


def password_links_void(user: User) -> list[int]:
    """Make what is open worthless. Returns which. Call with the account's row locked, and say why in the log."""
    found = PasswordLink.objects.select_for_update().filter(username=user.username, used_at=None, void_at=None)
    ids = list(found.values_list("pk", flat=True))
    PasswordLink.objects.filter(pk__in=ids).update(void_at=timezone.now())
    return ids


def password_link_open(username: str) -> PasswordLink | None:
    """The link of an account that still opens something, if who made it is an administrator."""
    open_ = PasswordLink.objects.filter(username=username, used_at=None, void_at=None)
    return open_.filter(expires_at__gt=timezone.now()).first()


def password_link_of(token: str) -> PasswordLink:
    """The link of this token. Raises LinkRefusedError."""
    found = PasswordLink.objects.filter(digest=digest(token)).first()
    return _usable(found, User.objects.filter(username=found.username).first() if found else None)


def _usable(found: PasswordLink | None, user: User | None) -> PasswordLink:
    if found is None or user is None:
        raise LinkRefusedError(Refusal.UNKNOWN)
    if found.used_at is not None:
        raise LinkRefusedError(Refusal.USED, found)
    if found.void_at is not None:
        raise LinkRefusedError(Refusal.REVOKED, found)
    if found.expires_at <= timezone.now():
        raise LinkRefusedError(Refusal.EXPIRED, found)
    if not user.is_active:
        raise LinkRefusedError(Refusal.CLOSED, found)
    maker = User.objects.filter(username=person_of(found.made_by)).first()
    if maker is None or not may(maker, Permission.MANAGE_PEOPLE) or (user.is_superuser and not maker.is_superuser):
        raise LinkRefusedError(Refusal.UNBACKED, found)
    return found


@transaction.atomic
def password_link_use(*, token: str, password: str) -> User:
    """Give the account of a link its new password, and sign it out everywhere.

    Of two at once, the second finds it used: first the account's row is locked, as whoever makes a link does, then the
    link's. Raises LinkRefusedError, and OfficerError for a password that the policy refuses.
    """
    username = password_link_of(token).username
    user = User.objects.select_for_update().get(username=username)
    found = _usable(PasswordLink.objects.select_for_update().filter(digest=digest(token)).first(), user)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise OfficerError(" ".join(error.messages)) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    found.used_at = timezone.now()
    found.save(update_fields=["used_at"])
    audit_record(
        actor=actor_of(user),
        action="user.password_link_used",
        object_type="user",
        object_id=user.pk,
        after={"link": found.pk, "made_by": found.made_by, "sessions_ended": sessions_delete(user)},
    )
    return user


@transaction.atomic
def password_link_refused(*, refused: LinkRefusedError, address: str | None) -> None:
    """Somebody came with a link that opens nothing."""
    link = refused.link
    user = User.objects.filter(username=link.username).first() if link else None
    audit_record(
        actor="anonymous",
        action="user.password_link_refused",
        object_type="user",
        object_id=user.pk if user else "unknown",
        after={"link": link.pk if link else None, "why": refused.refusal, "address": address},
    )
