"""Guessing passwords takes long: who was refused too often waits, longer each time.

Counted are refusals of one name from one address, so nobody is shut out by strangers who know their name; and all
refusals from one address, for those who try one name after the other. The audit log is what counts, so all replicas
know the same. Names that are nobody's are treated alike: who waits learns nothing about whom there is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from argus_records.selectors.signins import Refusals, password_link_used, refusals
from django.utils import timezone
from django.utils.crypto import salted_hmac

# What is looked back on, and the longest wait.
WINDOW: Final = timedelta(minutes=15)
# Refusals of one name from one address that cost nothing; then a minute, two, four, ...
FREE: Final = 5
# Refusals from one address, of whatever names: an office behind one address mistypes, too.
FREE_BY_ADDRESS: Final = 50


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to sign in: its ``pair``, which stands for name and address and tells neither, and both of these."""

    pair: str
    address: str
    username: str


def attempt(username: str, address: str | None) -> Attempt:
    """The attempt of this name from this address."""
    known = username[:150].replace("\0", "")
    said = f"{username.strip().casefold()[:150]}\0{address}"
    return Attempt(salted_hmac("argus.sign-in", said, algorithm="sha256").hexdigest()[:32], str(address), known)


def wait(tried: Attempt) -> timedelta:
    """How long until the next attempt is heard; zero if it is heard now."""
    now = timezone.now()
    since = now - WINDOW
    # Who has a new password by an administrator's link begins anew, wherever they mistyped the old one.
    renewed = password_link_used(username=tried.username) or since
    found = refusals(pair=tried.pair, address=tried.address, since=since, since_of_pair=max(since, renewed))
    return max(_until(found, now) - now, timedelta(0))


def _until(found: Refusals, now: datetime) -> datetime:
    until = now
    if found.of_pair >= FREE and found.latest_of_pair is not None:
        delay = min(timedelta(minutes=2 ** (found.of_pair - FREE)), WINDOW)
        until = max(until, found.latest_of_pair + delay)
    if found.of_address >= FREE_BY_ADDRESS and found.latest_of_address is not None:
        until = max(until, found.latest_of_address + timedelta(minutes=1))
    return until


def minutes(delay: timedelta) -> int:
    """Rounded up, at least 1."""
    return max(1, ceil(delay / timedelta(minutes=1)))
