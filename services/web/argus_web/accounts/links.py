"""Links that do one thing, once: invitations, and those to a new password.

A link is shown once; what is kept is the SHA-256 of its token, which is 256 random bits.
"""

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Final

from argus_records.models import Invitation, PasswordLink

LIFETIME: Final = timedelta(hours=72)


class Refusal(StrEnum):
    """Why a link opens nothing."""

    UNKNOWN = "unknown"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CLOSED = "closed"
    # A link is worth what who gave it may: their account is closed, or they are no administrator any more.
    UNBACKED = "unbacked"


class LinkRefusedError(Exception):
    """The link opens nothing."""

    def __init__(self, refusal: Refusal, link: Invitation | PasswordLink | None = None) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.link = link


def token_new() -> str:
    """What stands in a link and nowhere else."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(token.encode()).digest()
