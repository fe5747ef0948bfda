"""Addresses of the lists behind figures: each figure is as many rows as its list has."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from argus_web.dashboard.moments import moment_text


@dataclass(frozen=True, slots=True)
class Links:
    """Lists of one currency, or of all."""

    currency: str

    def transactions(self, since: datetime, until: datetime, **more: str) -> str:
        """What was decided in [since, until)."""
        return self._address("transactions", decided_since=since, decided_until=until, **more)

    def opened(self, since: datetime | None, until: datetime | None, **more: str) -> str:
        """Alerts opened in [since, until)."""
        return self._address("alerts", **{"status": "all"} | more, since=since, until=until)

    def decided(self, since: datetime, until: datetime, status: str) -> str:
        """Alerts decided in [since, until)."""
        return self._address("alerts", status=status, decided_since=since, decided_until=until)

    def _address(self, name: str, **query: str | datetime | None) -> str:
        said = {key: moment_text(value) if isinstance(value, datetime) else value for key, value in query.items()}
        if self.currency:
            said["currency"] = self.currency
        return f"{reverse(name)}?{urlencode({key: value for key, value in said.items() if value}, safe=':')}"
