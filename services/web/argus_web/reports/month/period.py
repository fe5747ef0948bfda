"""Calendar months of UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.urls.converters import StringConverter
from django.utils import formats

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year.

    >>> str(Month(2026, 12)), str(Month(2026, 12).until), Month(2026, 12).next
    ('2026-12', '2027-01-01 00:00:00+00:00', Month(year=2027, number=1))
    """

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        """The month in which a moment lies."""
        day = moment.astimezone(UTC)
        return cls(day.year, day.month)

    @property
    def next(self) -> "Month":
        """The one after."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def before(self) -> "Month":
        """The one before."""
        return Month.of(self.since - DAY)

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return self.next.since

    @property
    def words(self) -> str:
        """As people name it."""
        return formats.date_format(self.since, "F Y")

    def days(self, now: datetime) -> list[datetime]:
        """The beginnings of its days that have come."""
        whole = [self.since + number * DAY for number in range((self.until - self.since).days)]
        return [day for day in whole if day <= now]

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


class MonthConverter(StringConverter):
    """A month in an address: 2026-11."""

    regex = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> "Month":  # type: ignore[override]
        return Month(*map(int, value.split("-")))

    def to_url(self, value: object) -> str:
        return str(value)
