"""Making officers."""

from argus_records.services.audit import audit_record
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction


class OfficerError(Exception):
    """The officer cannot be made; the message says why."""


def officer_create(*, username: str, password: str, actor: str, superuser: bool = False) -> User:
    """Make an account that can sign in, with an audit event.

    Raises OfficerError for a name that is malformed or taken and for a password that the policy refuses.
    """
    user = User(username=username, is_staff=superuser, is_superuser=superuser)
    try:
        User.username_validator(username)
        if len(username) > 140:
            raise ValidationError("A name has at most 140 characters.")
        validate_password(password, user)
    except ValidationError as error:
        raise OfficerError(" ".join(error.messages)) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            audit_record(
                actor=actor,
                action="user.created",
                object_type="user",
                object_id=user.pk,
                after={"username": username, "superuser": superuser},
            )
    except IntegrityError as error:
        raise OfficerError(f"there is an account named {username} already") from error
    return user
