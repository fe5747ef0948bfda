"""An Isolation Forest as flat arrays, scoring as scikit-learn does to 1e-9, without scikit-learn.

Path lengths and their normalisation follow Liu, Ting and Zhou, "Isolation Forest" (ICDM 2008).
"""

import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit

# Far above any forest in use; a file that claims more is damaged or hostile.
MOST_NODES: Final = 20_000_000
MOST_FEATURES: Final = 10_000


class ForestError(ValueError):
    """A file or a set of arrays is not a forest, or rows do not fit it."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """T trees with N nodes, tree after tree, children behind their parents; a leaf is its own child.

    ``feature`` (N,) int32. ``threshold`` (N,) float64: a row whose value, as float32, is at most the
    threshold goes ``left``, else ``right`` (N,) int32. ``length`` (N,) float64: at a leaf, its depth plus
    what its training rows would still take to isolate. ``roots`` (T,) int32. ``normaliser``: the mean path
    length that the score is relative to. ``n_features``: columns that a row has.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    length: NDArray[np.float64]
    roots: NDArray[np.int32]
    normaliser: float
    n_features: int
    # Steps after which every row has reached its leaf, per tree.
    _steps: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check(self)
        depth = _depths(self.left, self.right)
        object.__setattr__(self, "_steps", np.maximum.reduceat(depth, self.roots))

    @classmethod
    def sprout(cls) -> "Forest":
        """The smallest forest: a leaf. Compiles what scoring needs.

        >>> Forest.sprout().score_samples(np.zeros((2, 1))).tolist()
        [-0.5, -0.5]
        """
        node = np.zeros(1, np.int32)
        return cls(node, np.zeros(1), node, node, np.ones(1), node, 1.0, 1)

    @classmethod
    def from_sklearn(cls, forest: Any) -> "Forest":
        """From a fitted sklearn.ensemble.IsolationForest."""
        feature, threshold, left, right, length, roots = [], [], [], [], [], []
        base = 0
        for estimator, columns in zip(forest.estimators_, forest.estimators_features_, strict=True):
            tree = estimator.tree_
            leaf = tree.children_left < 0
            itself = np.arange(tree.node_count)
            to_left = np.where(leaf, itself, tree.children_left).astype(np.int32)
            to_right = np.where(leaf, itself, tree.children_right).astype(np.int32)
            depth = _depths(to_left, to_right)
            roots.append(base)
            # A tree knows its columns by their places among those it was given.
            feature.append(np.where(leaf, 0, np.asarray(columns)[np.where(leaf, 0, tree.feature)]))
            threshold.append(np.where(leaf, 0.0, tree.threshold))
            left.append(to_left + base)
            right.append(to_right + base)
            length.append(np.where(leaf, depth + average_path_length(tree.n_node_samples), 0.0))
            base += tree.node_count
        return cls(
            np.concatenate(feature).astype(np.int32),
            np.concatenate(threshold).astype(np.float64),
            np.concatenate(left).astype(np.int32),
            np.concatenate(right).astype(np.int32),
            np.concatenate(length).astype(np.float64),
            np.array(roots, np.int32),
            float(average_path_length(np.array([forest.max_samples_]))[0]),
            int(forest.n_features_in_),
        )

    def score_samples(self, matrix: NDArray[np.floating]) -> NDArray[np.float64]:
        """Scores of rows (n, n_features), from -1 (isolated at once) towards 0: the lower, the more unusual.

        Raises ForestError for rows of another width or with values that are not numbers.
        """
        if matrix.ndim != 2 or matrix.shape[1] != self.n_features:
            raise ForestError(f"rows have shape {matrix.shape}, the forest takes (n, {self.n_features})")
        with np.errstate(over="ignore"):
            rows = np.ascontiguousarray(matrix, np.float32)
        if np.isnan(rows).any():
            raise ForestError("a row has a value that is not a number")
        sums = _path_lengths(
            rows, self.feature, self.threshold, self.left, self.right, self.length, self.roots, self._steps
        )
        whole = len(self.roots) * self.normaliser
        if whole == 0.0:
            # A single training row: nothing to be relative to.
            return np.full(len(rows), -0.5)
        return -np.exp2(-sums / whole)

    def save(self, path: Path) -> None:
        """Write all arrays to a .npz file. The same forest gives the same bytes."""
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **{name: getattr(self, name) for name in _STORED})

    @classmethod
    def load(cls, path: Path) -> "Forest":
        """Read what :meth:`save` wrote; never runs code. Raises ForestError for anything else."""
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                if set(file.files) != set(_STORED):
                    raise ForestError("it holds other arrays than a forest's")
                found = {name: file[name] for name in _STORED}
            normaliser, n_features = found.pop("normaliser"), found.pop("n_features")
            if (normaliser.shape, normaliser.dtype) != ((), np.float64):
                raise ForestError("it has no single normaliser")
            if (n_features.shape, n_features.dtype) != ((), np.int64):
                raise ForestError("it has no single number of features")
            return cls(**found, normaliser=float(normaliser), n_features=int(n_features))
        except _DAMAGE as error:
            raise ForestError(f"{path.name} cannot be read: {error}") from error


# What numpy and zipfile raise for damaged files, and what the checks raise.
_DAMAGE: Final = (
    OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, MemoryError, RuntimeError,
    SyntaxError, struct.error, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip
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
def _depths(left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.int64]:
    """The depth of each node. Children stand behind their parents, so one pass is enough."""
    depth = np.zeros(len(left), np.int64)
    for node in range(len(left)):
        if left[node] != node:
            depth[left[node]] = depth[right[node]] = depth[node] + 1
    return depth


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
    """All that the kernels rely on, for they read without looking. Raises ForestError."""
    nodes = forest.feature.size
    if not 0 < nodes <= MOST_NODES or not 0 < forest.n_features <= MOST_FEATURES:
        raise ForestError(f"{nodes} nodes over {forest.n_features} features are no forest")
    for name, dtype in (("feature", np.int32), ("left", np.int32), ("right", np.int32),
                        ("threshold", np.float64), ("length", np.float64)):  # fmt: skip
        found = getattr(forest, name)
        if found.dtype != dtype or found.shape != (nodes,):
            raise ForestError(f"{name} is {found.dtype} {found.shape}, expected {np.dtype(dtype)} ({nodes},)")
    if ((forest.feature < 0) | (forest.feature >= forest.n_features)).any():
        raise ForestError("a node asks for a feature that does not exist")
    roots = forest.roots
    if roots.dtype != np.int32 or roots.ndim != 1 or not roots.size or roots[0] != 0:
        raise ForestError("the trees' roots do not begin with the first node")
    sizes = np.diff(np.append(roots.astype(np.int64), nodes))
    if (sizes <= 0).any():
        raise ForestError("the trees' roots are not in order")
    node, end = np.arange(nodes), np.repeat(roots + sizes, sizes)
    leaf = forest.left == node
    for child in (forest.left, forest.right):
        if not np.where(leaf, child == node, (child > node) & (child < end)).all():
            raise ForestError("a node's child is not behind it in the same tree")
    if not np.isfinite(forest.threshold).all():
        raise ForestError("a threshold is not a number")
    if not (np.isfinite(forest.length) & (forest.length >= 0.0)).all():
        raise ForestError("a path length is not a number from 0")
    if not np.isfinite(forest.normaliser) or forest.normaliser < 0.0:
        raise ForestError("the normaliser is not a number from 0")
