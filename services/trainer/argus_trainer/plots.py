"""The plots of a run. Figures are made directly: pyplot would keep them and look for a screen."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from numpy.typing import NDArray

Floats = NDArray[np.floating]

_INK: Final = {"train": "#64748b", "holdout": "#2563eb", "fraud": "#dc2626", "line": "#0f172a"}
_COLUMNS: Final = 4
_POINTS: Final = 60


def score_histogram(*, train: Floats, holdout: Floats, fraud: Floats, threshold: float) -> Figure:
    """Anomaly scores of training window and holdout, known frauds among the latter, and the threshold."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    edges = np.histogram_bin_edges(np.concatenate([train, holdout]), bins=60).tolist()
    for name, values in (("train", train), ("holdout", holdout), ("fraud", fraud)):
        if len(values):
            label = f"known fraud ({len(values)})" if name == "fraud" else f"{name} ({len(values)})"
            weights = np.full(len(values), 1 / len(values))
            axes.hist(values, edges, weights=weights, histtype="step", color=_INK[name], label=label, linewidth=1.5)
    axes.axvline(threshold, color=_INK["line"], linestyle="--", linewidth=1, label="review threshold")
    axes.set(xlabel="anomaly score (higher is more suspicious)", ylabel="share of transactions", yscale="log")
    axes.legend(frameon=False)
    return figure


def feature_distributions(*, names: Sequence[str], train: Floats, holdout: Floats) -> Figure:
    """Each feature's distribution in the training window and in the holdout."""
    rows = -(-len(names) // _COLUMNS)
    figure = Figure(figsize=(4 * _COLUMNS, 2.2 * rows), layout="constrained")
    grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes in grid[len(names) :]:
        axes.set_visible(False)
    for place, (axes, name) in enumerate(zip(grid, names, strict=False)):
        parts = [part[:, place] for part in (train, holdout)]
        parts = [part[np.isfinite(part)] for part in parts]
        known = np.concatenate(parts)
        if len(known):
            # The outermost half per cent would squeeze all else into one bar.
            low, high = np.quantile(known, [0.005, 0.995])
            edges = np.linspace(low, high if high > low else low + 1.0, 31)
            for part, ink in zip(parts, ("train", "holdout"), strict=True):
                if len(part):
                    weights = np.full(len(part), 1 / len(part))
                    axes.hist(
                        np.clip(part, edges[0], edges[-1]),
                        edges.tolist(),
                        weights=weights,
                        histtype="step",
                        color=_INK[ink],
                    )
        axes.set_title(name, fontsize=9)
        axes.tick_params(labelsize=7)
    figure.suptitle("training window (grey) and holdout (blue)", fontsize=10)
    return figure


def alert_rate_over_time(
    *, occurred_us: NDArray[np.int64], flagged: NDArray[np.bool_], stated: float, cut_us: int
) -> Figure:
    """Share of transactions at or above the threshold over the window, and where the holdout begins."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    edges = np.linspace(occurred_us.min(), occurred_us.max() + 1, _POINTS + 1)
    counts, _ = np.histogram(occurred_us, edges)
    alerts, _ = np.histogram(occurred_us[flagged], edges)
    with np.errstate(invalid="ignore"):
        rate = alerts / counts
    times = [_when(edge) for edge in (edges[:-1] + edges[1:]) / 2]
    axes.plot(times, 100 * rate, color=_INK["holdout"], marker=".", linewidth=1)
    axes.axhline(100 * stated, color=_INK["line"], linestyle="--", linewidth=1, label="stated rate")
    axes.axvline(_when(cut_us), color=_INK["train"], linewidth=1, label="holdout begins")
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set(ylabel="alert rate, %")
    axes.legend(frameon=False)
    return figure


def _when(microseconds: float) -> float:
    """A time as matplotlib counts it."""
    moment = datetime.fromtimestamp(float(microseconds) / 1e6, UTC)
    return float(date2num(moment))
