"""A result as text for a terminal."""

from typing import Any


def report(result: dict[str, Any]) -> str:
    """The figures without the transactions that they are about; those are in the JSON."""
    lines = [result["note"], ""] if result["note"] else []
    lines += [
        f"{result['transactions']:,} transactions, of which known: {result['labelled']['fraud']:,} fraud, "
        f"{result['labelled']['genuine']:,} genuine. {result['seconds']} s.",
        "",
        f"{'':<22}{'decided':>12}{'asked':>12}",
    ]
    for name, field in (
        ("alerts", "alerts"), ("of them blocks", "block"), ("alerts a day", "per_day"), ("frauds among them", "fraud"),
        ("precision", "precision"), ("recall", "recall"), ("hours of work", "hours"),
    ):  # fmt: skip
        lines.append(f"{name:<22}{_number(result['decided'][field]):>12}{_number(result['asked'][field]):>12}")
    lines += [
        "",
        f"{result['appear']['count']:,} alerts appear, {result['disappear']['count']:,} disappear.",
        "",
        f"{'day':<12}{'transactions':>14}{'decided':>12}{'asked':>12}",
    ]
    for day in result["days"]:
        decided, asked = day["decided_review"] + day["decided_block"], day["review"] + day["block"]
        lines.append(f"{day['day']:<12}{day['transactions']:>14,}{decided:>12,}{asked:>12,}")
    lines += ["", f"{'rule':<32}{'hits':>10}{'alerts':>10}{'alone':>10}{'fraud':>10}{'genuine':>10}"]
    for rule in result["rules"]:
        counts = "".join(f"{rule[name]:>10,}" for name in ("hits", "alerts", "alone", "fraud", "genuine"))
        lines.append(f"{rule['code']:<32}{counts}")
    lines += [f"{code} raised {raised:,} times." for code, raised in result["errors"].items()]
    return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}" if value <= 1 else f"{value:,.1f}"
