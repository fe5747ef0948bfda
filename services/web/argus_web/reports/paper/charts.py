"""Charts as vectors: stacked bars and lines over days, drawn from the tables that pages draw theirs from."""

from collections.abc import Sequence
from typing import Final

from reportlab.graphics.charts.axes import XCategoryAxis, YValueAxis
from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.charts.legends import Legend
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from argus_web.reports.paper.fonts import REGULAR, letters, shown
from argus_web.reports.paper.pages import LINE, SOFT, WIDTH

_COLOURS: Final = {"fill-approve": "#4bb0a4", "fill-review": "#eaa32f", "fill-block": "#cf4037", "ink-soft": "#4a5c58"}
HEIGHT: Final = 120
_SIZE: Final = 7
# Labels of days have room for so many.
_MOST_LABELS: Final = 16


def chart(
    kind: str, *, days: Sequence[str], names: Sequence[str], keys: Sequence[str], values: Sequence[Sequence[float]]
) -> Flowable:
    """``values``: a series per name, a figure per day. ``kind``: bars, which stack, or lines."""
    letters()
    made = VerticalBarChart() if kind == "bars" else HorizontalLineChart()
    made.x, made.y, made.width, made.height = 34, 24, WIDTH - 40, HEIGHT - 44
    made.data = [tuple(series) for series in values]
    colours = [HexColor(_COLOURS[key]) for key in keys]
    if kind == "bars":
        made.categoryAxis.style = "stacked"
        made.barSpacing, made.groupSpacing = 0, 2
        for place, colour in enumerate(colours):
            made.bars[place].fillColor, made.bars[place].strokeColor = colour, None
    else:
        for place, colour in enumerate(colours):
            made.lines[place].strokeColor, made.lines[place].strokeWidth = colour, 1.4
            made.lines[place].strokeDashArray = [4, 2] if place else None
    _axes(made.categoryAxis, made.valueAxis, days)
    whole = [sum(day) if kind == "bars" else max(day) for day in zip(*values, strict=True)]
    # Figures are whole numbers: an axis of nothing would be divided into fractions.
    made.valueAxis.valueMax = max(4, *whole)
    drawing = Drawing(WIDTH, HEIGHT)
    drawing.add(made)
    drawing.add(_legend(names, colours))
    return drawing


def _axes(days_axis: XCategoryAxis, values_axis: YValueAxis, days: Sequence[str]) -> None:
    every = -(-len(days) // _MOST_LABELS)
    days_axis.categoryNames = [shown(day) if place % every == 0 else "" for place, day in enumerate(days)]
    days_axis.visibleTicks = False
    values_axis.valueMin = 0
    values_axis.labelTextFormat = lambda value: f"{value:,.0f}"
    values_axis.maximumTicks = 5
    values_axis.visibleGrid = True
    values_axis.gridStrokeColor, values_axis.gridStrokeWidth = LINE, 0.25
    for axis in (days_axis, values_axis):
        axis.strokeColor, axis.strokeWidth = LINE, 0.5
        axis.labels.fontName, axis.labels.fontSize, axis.labels.fillColor = REGULAR, _SIZE, SOFT


def _legend(names: Sequence[str], colours: Sequence[HexColor]) -> Legend:
    made = Legend()
    made.x, made.y, made.boxAnchor = WIDTH, HEIGHT - 2, "ne"
    made.columnMaximum, made.alignment, made.deltax = 1, "right", 14
    made.dx = made.dy = 6
    made.fontName, made.fontSize, made.fillColor, made.strokeColor = REGULAR, _SIZE + 1, SOFT, None
    made.dxTextSpace = 3
    made.colorNamePairs = list(zip(colours, map(shown, names), strict=True))
    return made
