"""Gradient boosted trees as flat arrays, as scikit-learn's histogram boosting grows them, without scikit-learn.

Of a row, a value that is not a number goes where training sent such values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine import stored
from argus_engine._jit import njit
from argus_engine.trees import TreesError, attribute, check_array, check_trees, depths, expectations

Floats = NDArray[np.float64]


class BoostedError(TreesError):
    """A set of arrays is not boosted trees, or rows do not fit it."""


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """T trees with N nodes (:mod:`argus_engine.trees`).

    A row whose value is at most ``threshold`` goes ``left``; one without a value goes left where ``missing_left``.
    ``expected`` (N,) float64: at a leaf what it adds to the log-odds, elsewhere the mean over the training rows that
    reached the node. ``baseline``: the log-odds before any tree. ``n_features``: columns that a row has.
    """

    feature: NDArray[np.int32]
    threshold: Floats
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    expected: Floats
    roots: NDArray[np.int32]
    baseline: float
    n_features: int
    _steps: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_trees(self, BoostedError)
        check_array(self, "missing_left", np.bool_, self.feature.size, BoostedError)
        if not np.isfinite(self.baseline):
            raise BoostedError("the baseline is not a number")
        object.__setattr__(self, "_steps", np.maximum.reduceat(depths(self.left, self.right), self.roots))

    @classmethod
    def from_sklearn(cls, boosted: Any) -> "Boosted":
        """From a fitted two-class sklearn.ensemble.HistGradientBoostingClassifier without categories."""
        parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _PER_NODE}
        roots, base = [], 0
        for (predictor,) in boosted._predictors:
            nodes = predictor.nodes
            leaf = nodes["is_leaf"].astype(bool)
            itself = np.arange(len(nodes), dtype=np.int32)
            left = np.where(leaf, itself, nodes["left"].astype(np.int32)).astype(np.int32)
            right = np.where(leaf, itself, nodes["right"].astype(np.int32)).astype(np.int32)
            if nodes["is_categorical"].any():
                raise BoostedError("trees that split by category are not supported")
            values = np.where(leaf, nodes["value"], 0.0)
            roots.append(base)
            parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32))
            # A split of numbers from missing ones has an infinite threshold.
            parts["threshold"].append(np.where(leaf, 0.0, np.nan_to_num(nodes["num_threshold"], nan=0.0)))
            parts["left"].append(left + np.int32(base))
            parts["right"].append(right + np.int32(base))
            parts["missing_left"].append(nodes["missing_go_to_left"].astype(np.bool_))
            parts["expected"].append(expectations(left, right, nodes["count"].astype(np.float64), values))
            base += len(nodes)
        return cls(
            **{name: np.concatenate(found) for name, found in parts.items()},
            roots=np.array(roots, np.int32),
            baseline=float(np.ravel(boosted._baseline_prediction)[0]),
            n_features=int(boosted.n_features_in_),
        )

    @property
    def start(self) -> float:
        """The log-odds expected of a training row: what :meth:`parts` add to."""
        return self.baseline + float(self.expected[self.roots].sum())

    def log_odds(self, matrix: Floats) -> Floats:
        """Log-odds of rows (n, n_features)."""
        rows = self._rows(matrix)
        sums = _leaf_sums(
            rows, self.feature, self.threshold, self.left, self.right, self.missing_left, self.expected, self.roots,
            self._steps,
        )  # fmt: skip
        return self.baseline + sums

    def parts(self, matrix: Floats) -> Floats:
        """What each feature adds to the log-odds of rows (n, n_features): with :attr:`start` equal to them."""
        rows = self._rows(matrix)
        changes = np.zeros((len(rows), self.n_features))
        attribute(
            rows, self.feature, self.threshold, self.left, self.right, self.missing_left, self.expected, self.roots,
            changes,
        )  # fmt: skip
        return changes

    def arrays(self) -> dict[str, Any]:
        """What :meth:`from_arrays` takes."""
        return {name: getattr(self, name) for name in STORED}

    @classmethod
    def from_arrays(cls, found: Mapping[str, Any]) -> "Boosted":
        """Raises BoostedError or one of stored.DAMAGE for arrays that are not boosted trees."""
        rest = {name: found[name] for name in STORED if name not in {"baseline", "n_features"}}
        return cls(
            **rest,
            baseline=stored.number(found["baseline"], np.float64),
            n_features=stored.number(found["n_features"], np.int64),
        )

    def _rows(self, matrix: Floats) -> Floats:
        if matrix.ndim != 2 or matrix.shape[1] != self.n_features:
            raise BoostedError(f"rows have shape {matrix.shape}, the trees take (n, {self.n_features})")
        return np.ascontiguousarray(matrix, np.float64)


STORED: Final = tuple(found.name for found in fields(Boosted) if found.init)
_PER_NODE: Final = ("feature", "threshold", "left", "right", "missing_left", "expected")


@njit
def _leaf_sums(
    rows: Floats,
    feature: NDArray[np.int32],
    threshold: Floats,
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    missing_left: NDArray[np.bool_],
    value: Floats,
    roots: NDArray[np.int32],
    steps: NDArray[np.int64],
) -> Floats:
    """Per row the sum of its leaves' values. All rows take a step before any takes the next, as in the forest."""
    sums = np.zeros(len(rows))
    node = np.empty(len(rows), np.int32)
    for tree in range(len(roots)):
        node[:] = roots[tree]
        for _ in range(steps[tree]):
            for i in range(len(rows)):
                at = node[i]
                x = rows[i, feature[at]]
                low = (x <= threshold[at]) | (np.isnan(x) & missing_left[at])
                node[i] = left[at] if low else right[at]
        for i in range(len(rows)):
            sums[i] += value[node[i]]
    return sums
