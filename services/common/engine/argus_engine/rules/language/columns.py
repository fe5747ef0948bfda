"""What conditions compare, as columns over a batch."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine.config import FeatureConfig
from argus_engine.rules.context import UNLIMITED, Context, Floats, Mask
from argus_engine.rules.language import walk
from argus_engine.rules.language.nodes import (
    Comparison,
    FeatureTest,
    FieldTest,
    Other,
    OtherFeature,
    OtherField,
    OtherWindow,
    WindowTest,
)
from argus_engine.rules.language.quantities import MONEY, WEEKDAYS
from argus_engine.rules.language.windows import WindowOf

HOUR: Final = 3_600_000_000
# 1970 began on a Thursday.
_FIRST_DAY: Final = 3


class Numbers(ABC):
    """A number or an amount of each transaction; NaN where it is not known."""

    @abstractmethod
    def values(self, context: Context) -> Floats:
        """Amounts in major units."""

    def minor(self, context: Context) -> NDArray[np.float64] | NDArray[np.int64]:
        """Amounts in whole minor units, so that money compares exactly; numbers as they are."""
        return self.values(context)

    def known(self, context: Context) -> Mask:
        """Where there is a value."""
        return ~np.isnan(self.values(context))


class _Feature(Numbers):
    def __init__(self, name: str, money: bool) -> None:
        self._name, self._money = name, money

    def values(self, context: Context) -> Floats:
        return context.column(self._name)

    def minor(self, context: Context) -> Floats:
        return context.minor(self._name) if self._money else self.values(context)


class _Window(Numbers):
    def __init__(self, asked: WindowOf) -> None:
        self._window = asked.window()
        self._money = asked.quantity().kind == MONEY

    def values(self, context: Context) -> Floats:
        return context.windows[self._window]

    def minor(self, context: Context) -> Floats:
        values = self.values(context)
        return np.rint(values * context.minor_per_major) if self._money else values


class _Amount(Numbers):
    def values(self, context: Context) -> Floats:
        return context.batch.amount / context.minor_per_major

    def minor(self, context: Context) -> NDArray[np.int64]:
        return context.batch.amount


class _PerCurrency(Numbers):
    """An amount by the transaction's currency, unknown where it has none."""

    def __init__(self, amounts: Mapping[str, int]) -> None:
        self._amounts = dict(amounts)

    def values(self, context: Context) -> Floats:
        limits = context.limits(self._amounts)
        return np.where(limits == UNLIMITED, np.nan, limits / context.minor_per_major)

    def minor(self, context: Context) -> NDArray[np.int64]:
        return context.limits(self._amounts)

    def known(self, context: Context) -> Mask:
        found: Mask = context.limits(self._amounts) != UNLIMITED
        return found


class _Computed(Numbers):
    def __init__(self, compute: Callable[[Context], Floats]) -> None:
        self._compute = compute

    def values(self, context: Context) -> Floats:
        return self._compute(context)


class _Constant(Numbers):
    def __init__(self, value: float) -> None:
        self._value = value

    def values(self, context: Context) -> Floats:
        return np.full(len(context), float(self._value))


class Times(Numbers):
    """Another column times a factor; amounts then compare in major units, for the product need not be a whole one."""

    def __init__(self, column: Numbers, factor: float) -> None:
        self.column, self._factor = column, factor

    def values(self, context: Context) -> Floats:
        return self.column.values(context) * self._factor


def constant(value: float) -> Numbers:
    """The same number everywhere."""
    return _Constant(value)


def per_currency(amounts: Mapping[str, int]) -> Numbers:
    """An amount, in minor units, by the transaction's currency."""
    return _PerCurrency(amounts)


def numbers(part: Comparison | Other, config: FeatureConfig) -> Numbers:
    """The column of a field, feature or window that is a number or an amount."""
    if isinstance(part, FeatureTest | OtherFeature):
        return _Feature(part.feature, walk.quantity(part).kind == MONEY)
    if isinstance(part, WindowTest | OtherWindow):
        kept = part.window.kept()
        return _Feature(kept, part.window.agg == "sum") if kept else _Window(part.window)
    assert isinstance(part, FieldTest | OtherField)
    if part.field == "amount":
        return _Amount()
    if part.field == "reporting_threshold":
        return _PerCurrency(dict(config.reporting))
    if part.field == "hour":
        return _Computed(lambda context: (context.batch.occurred_at // HOUR % 24).astype(np.float64))
    assert part.field == "near_reporting_threshold"
    return _Computed(lambda context: _near(context, config))


def _near(context: Context, config: FeatureConfig) -> Floats:
    batch = context.batch
    near = np.zeros(len(batch))
    for i in np.flatnonzero(context.cash).tolist():
        near[i] = config.is_near(batch.type[i], int(batch.amount[i]), batch.currency[i])
    return near


def texts(field: str, context: Context) -> list[str | None] | list[str]:
    """The column of a field that is a text or a choice; None where it is not known."""
    if field == "weekday":
        return [WEEKDAYS[(at // (24 * HOUR) + _FIRST_DAY) % 7] for at in context.batch.occurred_at.tolist()]
    column: list[str | None] = getattr(context.batch, field)
    return column
