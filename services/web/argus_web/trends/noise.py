"""What each rule brought, and what it cost."""

from dataclasses import dataclass

from argus_engine.reasons import MODEL_UNAVAILABLE
from argus_records.models import LabelValue
from argus_records.selectors import alert_trends, trends

from argus_web.trends.links import Links
from argus_web.trends.ranges import Period
from argus_web.trends.volumes import share


@dataclass(frozen=True, slots=True)
class Rule:
    """What one reason brought: decisions that name it, alerts that do, and what people and labels said of them."""

    code: str
    hits: int
    fraud: int
    genuine: int
    approved: int
    blocked: int
    waiting: int
    hours: float
    wasted: float
    links: dict[str, str]

    @property
    def alerts(self) -> int:
        """Alerts opened."""
        return self.approved + self.blocked + self.waiting

    @property
    def by_labels(self) -> float | None:
        """Fraud of those that are labelled, 0 to 1."""
        return share(self.fraud, self.fraud + self.genuine)

    @property
    def by_people(self) -> float | None:
        """Blocked of the alerts that were decided, 0 to 1."""
        return share(self.blocked, self.blocked + self.approved)


def rules(period: Period, currency: str, minutes: int) -> list[Rule]:
    """Every reason that was named, those that cost most for nothing first. ``minutes``: an officer's per alert."""
    since, until, links = period.since, period.until, Links(currency)
    hits = {row.code: row for row in trends.rule_hits(since=since, until=until, currency=currency)}
    opened = alert_trends.alerts_by_rule(since=since, until=until, currency=currency)
    found = []
    # That no model took part is said of a decision, and is none of its reasons.
    for code in (hits.keys() | opened.keys()) - {MODEL_UNAVAILABLE}:
        row, status = hits.get(code, trends.RuleHits(code, 0, 0, 0)), opened.get(code, {})
        approved, blocked = status.get("approved", 0), status.get("blocked", 0)
        found.append(
            Rule(
                code,
                row.hits,
                row.fraud,
                row.genuine,
                approved,
                blocked,
                sum(status.values()) - approved - blocked,
                (approved + blocked) * minutes / 60,
                approved * minutes / 60,
                {
                    "hits": links.transactions(since, until, code=code),
                    "fraud": links.transactions(since, until, code=code, label=LabelValue.FRAUD),
                    "genuine": links.transactions(since, until, code=code, label=LabelValue.GENUINE),
                    "alerts": links.opened(since, until, code=code),
                    "approved": links.opened(since, until, code=code, status="approved"),
                    "blocked": links.opened(since, until, code=code, status="blocked"),
                },
            )
        )
    return sorted(found, key=lambda rule: (-rule.wasted, -rule.hits, rule.code))
