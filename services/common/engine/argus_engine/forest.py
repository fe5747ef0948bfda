"""An Isolation Forest as flat arrays, scoring as scikit-learn does to 1e-9, without scikit-learn.

Path lengths and their normalisation follow Liu, Ting and Zhou, "Isolation Forest" (ICDM 2008).
"""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine import stored
from argus_engine._jit import njit
from argus_engine.trees import TreesError, attribute, check_array, check_trees, depths, expectations


class ForestError(TreesError):
    """A file or a set of arrays is not a forest, or rows do not fit it."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """T trees with N nodes (:mod:`argus_engine.trees`).

    ``feature`` (N,) int32. ``threshold`` (N,) float64: a row whose value, as float32, is at most the
    threshold goes ``left``, else ``right`` (N,) int32. ``length`` (N,) float64: at a leaf, its depth plus
    what its training rows would still take to isolate. ``expected`` (N,) float64: the mean length over the
    training rows that reached the node. ``roots`` (T,) int32. ``normaliser``: the mean path length that the
    score is relative to. ``n_features``: columns that a row has.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    length: NDArray[np.float64]
    expected: NDArray[np.float64]
    roots: NDArray[np.int32]
    normaliser: float
    n_features: int
    # Steps after which every row has reached its leaf, per tree.
    _steps: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check(self)
        depth = depths(self.left, self.right)
        object.__setattr__(self, "_steps", np.maximum.reduceat(depth, self.roots))

    @classmethod
    def sprout(cls) -> "Forest":
        """The smallest forest: a leaf. Compiles what scoring needs.

        >>> Forest.sprout().score_samples(np.zeros((2, 1))).tolist()
        [-0.5, -0.5]
        """
        node = np.zeros(1, np.int32)
        return cls(node, np.zeros(1), node, node, np.ones(1), np.ones(1), node, 1.0, 1)

    @classmethod
    def from_sklearn(cls, forest: Any) -> "Forest":
        """From a fitted sklearn.ensemble.IsolationForest."""
        feature, threshold, left, right, length, expected, roots = [], [], [], [], [], [], []
        base = 0
        for estimator, columns in zip(forest.estimators_, forest.estimators_features_, strict=True):
            tree = estimator.tree_
            leaf = tree.children_left < 0
            itself = np.arange(tree.node_count)
            to_left = np.where(leaf, itself, tree.children_left).astype(np.int32)
            to_right = np.where(leaf, itself, tree.children_right).astype(np.int32)
            depth = depths(to_left, to_right)
            roots.append(base)
            # A tree knows its columns by their places among those it was given.
            feature.append(np.where(leaf, 0, np.asarray(columns)[np.where(leaf, 0, tree.feature)]))
            threshold.append(np.where(leaf, 0.0, tree.threshold))
            left.append(to_left + base)
            right.append(to_right + base)
            ends = np.where(leaf, depth + average_path_length(tree.n_node_samples), 0.0)
            length.append(ends)
            expected.append(expectations(to_left, to_right, tree.n_node_samples.astype(np.float64), ends))
            base += tree.node_count
        return cls(
            np.concatenate(feature).astype(np.int32),
            np.concatenate(threshold).astype(np.float64),
            np.concatenate(left).astype(np.int32),
            np.concatenate(right).astype(np.int32),
            np.concatenate(length).astype(np.float64),
            np.concatenate(expected),
            np.array(roots, np.int32),
            float(average_path_length(np.array([forest.max_samples_]))[0]),
            int(forest.n_features_in_),
        )

    def score_samples(self, matrix: NDArray[np.floating]) -> NDArray[np.float64]:
        """Scores of rows (n, n_features), from -1 (isolated at once) towards 0: the lower, the more unusual.

        Raises ForestError for rows of another width or with values that are not numbers.
        """
        rows = self._rows(matrix)
        sums = _path_lengths(
            rows, self.feature, self.threshold, self.left, self.right, self.length, self.roots, self._steps
        )
        whole = len(self.roots) * self.normaliser
        if whole == 0.0:
            # A single training row: nothing to be relative to.
            return np.full(len(rows), -0.5)
        return -np.exp2(-sums / whole)

    def parts(self, matrix: NDArray[np.floating]) -> tuple[NDArray[np.float64], float]:
        """What each feature adds to the anomaly score, 0 to 1, of rows (n, n_features), and from what it starts.

        The score is two to the power of minus the path length over the usual one. Splits add up in the exponent; there
        a feature's share is known exactly, and the same share of the score's distance to the start is its part: start
        and parts together are ``-score_samples``, to 1e-9.
        """
        rows = self._rows(matrix)
        changes = np.zeros((len(rows), self.n_features))
        attribute(
            rows, self.feature, self.threshold, self.left, self.right, np.zeros(len(self.feature), np.bool_),
            self.expected, self.roots, changes,
        )  # fmt: skip
        whole = len(self.roots) * self.normaliser
        if whole == 0.0:
            return changes, 0.5
        start = float(np.exp2(-self.expected[self.roots].sum() / whole))
        exponent = -changes.sum(axis=1) / whole
        # (2^x - 1) / x, which tends to ln 2 where x vanishes.
        tiny = np.abs(exponent) < 1e-12
        grown = np.where(tiny, np.log(2.0), np.expm1(exponent * np.log(2.0)) / np.where(tiny, 1.0, exponent))
        return changes * (-start / whole * grown)[:, None], start

    def _rows(self, matrix: NDArray[np.floating]) -> NDArray[np.float32]:
        if matrix.ndim != 2 or matrix.shape[1] != self.n_features:
            raise ForestError(f"rows have shape {matrix.shape}, the forest takes (n, {self.n_features})")
        with np.errstate(over="ignore"):
            rows = np.ascontiguousarray(matrix, np.float32)
        if np.isnan(rows).any():
            raise ForestError("a row has a value that is not a number")
        return rows

    def save(self, path: Path) -> None:
        """Write all arrays to a .npz file. The same forest gives the same bytes."""
        stored.write(path, {name: getattr(self, name) for name in _STORED})

    @classmethod
    def load(cls, path: Path) -> "Forest":
        """Read what :meth:`save` wrote; never runs code. Raises ForestError for anything else."""
        try:
            found = stored.read(path, _STORED)
            normaliser = stored.number(found.pop("normaliser"), np.float64)
            n_features = stored.number(found.pop("n_features"), np.int64)
            return cls(**found, normaliser=normaliser, n_features=n_features)
        except stored.DAMAGE as error:
            raise ForestError(f"{path.name} cannot be read: {error}") from error


_STORED: Final = tuple(found.name for found in fields(Forest) if found.init)


def average_path_length(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Mean length of an unsuccessful search in a binary search tree of so many rows.

    >>> average_path_length(np.array([1, 2, 256])).round(3).tolist()
    [0.0, 1.0, 10.245]
    """
    n = np.maximum(np.asarray(rows, np.float64), 2.0)
    length = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return np.where(np.asarray(rows) <= 1, 0.0, np.where(np.asarray(rows) == 2, 1.0, length))


@njit
def _path_lengths(
    rows: NDArray[np.float32],
    feature: NDArray[np.int32],
    threshold: NDArray[np.float64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    length: NDArray[np.float64],
    roots: NDArray[np.int32],
    steps: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Per row the sum of path lengths over all trees.

    All rows take a step before any takes the next: their memory accesses overlap, no branch is mispredicted
    and the tree stays in the processor's cache. Rows that have arrived stay at their leaf.
    """
    sums = np.zeros(len(rows))
    node = np.empty(len(rows), np.int32)
    for tree in range(len(roots)):
        node[:] = roots[tree]
        for _ in range(steps[tree]):
            for i in range(len(rows)):
                at = node[i]
                low, high = left[at], right[at]
                node[i] = low if rows[i, feature[at]] <= threshold[at] else high
        for i in range(len(rows)):
            sums[i] += length[node[i]]
    return sums


def check(forest: Forest) -> None:
    """All that the kernels rely on. Raises ForestError."""
    check_trees(forest, ForestError)
    check_array(forest, "length", np.float64, forest.feature.size, ForestError)
    if not (np.isfinite(forest.length) & (forest.length >= 0.0)).all():
        raise ForestError("a path length is not a number from 0")
    if not np.isfinite(forest.normaliser) or forest.normaliser < 0.0:
        raise ForestError("the normaliser is not a number from 0")
