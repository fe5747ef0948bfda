"""An Isolation Forest as flat arrays: scores as scikit-learn's ``score_samples`` to 1e-9, without scikit-learn.

Path lengths and their normalisation follow Liu, Ting and Zhou, "Isolation Forest" (ICDM 2008).
"""

import zipfile
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit

LEAF: Final = -1
# Far above any forest in use; a file that claims more is damaged or hostile.
MOST_NODES: Final = 20_000_000
_EULER_GAMMA: Final = 0.5772156649015329


class ForestError(ValueError):
    """A file or a set of arrays is not a forest, or rows do not fit it."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """T trees with N nodes, tree after tree, children behind their parents.

    ``feature`` (N,) int32, LEAF for leaves. ``threshold`` (N,) float64: a row whose value, as float32, is at most
    the threshold goes ``left``, else ``right`` (N,) int32. ``length`` (N,) float64: at a leaf, its depth plus what
    its training rows would still take to isolate. ``roots`` (T,) int32. ``normaliser``: the mean path length
    that the score is relative to. ``n_features``: columns that a row has.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    length: NDArray[np.float64]
    roots: NDArray[np.int32]
    normaliser: float
    n_features: int

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def from_sklearn(cls, forest: Any) -> "Forest":
        """From a fitted sklearn.ensemble.IsolationForest."""
        feature, threshold, left, right, length, roots = [], [], [], [], [], []
        base = 0
        for estimator, columns in zip(forest.estimators_, forest.estimators_features_, strict=True):
            tree = estimator.tree_
            leaf = tree.children_left < 0
            roots.append(base)
            feature.append(np.where(leaf, LEAF, np.asarray(columns)[np.where(leaf, 0, tree.feature)]))
            threshold.append(np.where(leaf, 0.0, tree.threshold))
            left.append(np.where(leaf, LEAF, tree.children_left + base))
            right.append(np.where(leaf, LEAF, tree.children_right + base))
            depth = _depths(tree.children_left, tree.children_right)
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
            rows, self.feature, self.threshold, self.left, self.right, self.length, self.roots
        )
        whole = len(self.roots) * self.normaliser
        if whole == 0.0:
            # A single training row: nothing to be relative to.
            return np.full(len(rows), -0.5)
        return -np.exp2(-sums / whole)

    def save(self, path: Path) -> None:
        """Write all arrays to a .npz file. The same forest gives the same bytes."""
        with path.open("wb") as file:
            np.savez(file, **{field.name: np.asarray(getattr(self, field.name)) for field in fields(self)})

    @classmethod
    def load(cls, path: Path) -> "Forest":
        """Read what :meth:`save` wrote; never runs code. Raises ForestError for anything else."""
        try:
            with np.load(path, allow_pickle=False) as file:
                if set(file.files) != {field.name for field in fields(cls)}:
                    raise ForestError(f"{path.name} holds other arrays than a forest's")
                found = {name: file[name] for name in file.files}
            normaliser, n_features = found.pop("normaliser"), found.pop("n_features")
            if normaliser.shape or n_features.shape or normaliser.dtype != np.float64 or n_features.dtype != np.int64:
                raise ForestError(f"{path.name} has no single normaliser and number of features")
            return cls(**found, normaliser=float(normaliser), n_features=int(n_features))
        except ForestError:
            raise
        # What numpy and zipfile raise for damaged files.
        except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, MemoryError,
                RuntimeError, SyntaxError, zipfile.BadZipFile, zlib.error) as error:  # fmt: skip
            raise ForestError(f"{path.name} cannot be read: {error}") from error


def average_path_length(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Mean length of an unsuccessful search in a binary search tree of so many rows.

    >>> average_path_length(np.array([1, 2, 256])).round(3).tolist()
    [0.0, 1.0, 10.245]
    """
    n = np.maximum(np.asarray(rows, np.float64), 2.0)
    length = 2.0 * (np.log(np.maximum(n - 1.0, 1.0)) + _EULER_GAMMA) - 2.0 * (n - 1.0) / n
    return np.where(np.asarray(rows) <= 1, 0.0, np.where(np.asarray(rows) == 2, 1.0, length))


def _depths(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
    depth = np.zeros(len(left))
    # Children stand behind their parents, so one pass is enough.
    for node in np.flatnonzero(left >= 0):
        depth[left[node]] = depth[right[node]] = depth[node] + 1.0
    return depth


@njit
def _path_lengths(
    rows: NDArray[np.float32], feature: NDArray[np.int32], threshold: NDArray[np.float64], left: NDArray[np.int32],
    right: NDArray[np.int32], length: NDArray[np.float64], roots: NDArray[np.int32],
) -> NDArray[np.float64]:  # fmt: skip
    """Per row the sum of path lengths over all trees. Tree by tree: a tree stays in the processor's cache."""
    sums = np.zeros(len(rows))
    for root in roots:
        for i in range(len(rows)):
            node = root
            while feature[node] >= 0:
                node = left[node] if rows[i, feature[node]] <= threshold[node] else right[node]
            sums[i] += length[node]
    return sums


def _check(forest: Forest) -> None:
    """All that the kernel relies on: it reads without looking."""
    nodes = len(forest.feature) if forest.feature.ndim == 1 else 0
    for name, dtype in (("feature", np.int32), ("left", np.int32), ("right", np.int32),
                        ("threshold", np.float64), ("length", np.float64)):  # fmt: skip
        found = getattr(forest, name)
        if found.dtype != dtype or found.shape != (nodes,):
            raise ForestError(f"{name} is {found.dtype} {found.shape}, expected {np.dtype(dtype)} ({nodes},)")
    roots = forest.roots
    if not 0 < nodes <= MOST_NODES or not 0 < forest.n_features <= 10_000:
        raise ForestError(f"{nodes} nodes over {forest.n_features} features are no forest")
    if roots.dtype != np.int32 or roots.ndim != 1 or not len(roots) or roots[0] != 0:
        raise ForestError("the trees' roots do not begin with the first node")
    ends = np.append(roots[1:], np.int32(nodes)).astype(np.int64)
    if (ends <= roots).any() or ends.max() > nodes:
        raise ForestError("the trees' roots are not in order")
    leaf = forest.feature == LEAF
    if ((forest.feature < LEAF) | (forest.feature >= forest.n_features)).any():
        raise ForestError("a node asks for a feature that does not exist")
    node = np.arange(nodes)
    end = np.repeat(ends, ends - roots)
    for child in (forest.left, forest.right):
        if not np.where(leaf, child == LEAF, (child > node) & (child < end)).all():
            raise ForestError("a node's child is not behind it in the same tree")
    if not np.isfinite(forest.threshold).all() or not (np.isfinite(forest.length) & (forest.length >= 0)).all():
        raise ForestError("a threshold or a path length is not a usable number")
    if not np.isfinite(forest.normaliser) or forest.normaliser < 0:
        raise ForestError("the normaliser is not a usable number")
