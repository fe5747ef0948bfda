"""Decision trees as flat arrays: what any set of them must keep to, and what its splits say of a row.

T trees with N nodes stand tree after tree, children behind their parents; a leaf is its own child.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit

# Far above any set of trees in use; a file that claims more is damaged or hostile.
MOST_NODES: Final = 20_000_000
MOST_FEATURES: Final = 10_000


class TreesError(ValueError):
    """A file or a set of arrays is not a set of trees, or rows do not fit it."""


def check_trees(trees: Any, wrong: type[TreesError]) -> None:
    """All that the kernels rely on, for they read without looking. Raises ``wrong``.

    ``trees`` has feature, threshold, left, right, expected, roots and n_features.
    """
    nodes = trees.feature.size
    if not 0 < nodes <= MOST_NODES or not 0 < trees.n_features <= MOST_FEATURES:
        raise wrong(f"{nodes} nodes over {trees.n_features} features are no trees")
    for name, dtype in (("feature", np.int32), ("left", np.int32), ("right", np.int32),
                        ("threshold", np.float64), ("expected", np.float64)):  # fmt: skip
        check_array(trees, name, dtype, nodes, wrong)
    if ((trees.feature < 0) | (trees.feature >= trees.n_features)).any():
        raise wrong("a node asks for a feature that does not exist")
    roots = trees.roots
    if roots.dtype != np.int32 or roots.ndim != 1 or not roots.size or roots[0] != 0:
        raise wrong("the trees' roots do not begin with the first node")
    sizes = np.diff(np.append(roots.astype(np.int64), nodes))
    if (sizes <= 0).any():
        raise wrong("the trees' roots are not in order")
    node, end = np.arange(nodes), np.repeat(roots + sizes, sizes)
    leaf = trees.left == node
    for child in (trees.left, trees.right):
        if not np.where(leaf, child == node, (child > node) & (child < end)).all():
            raise wrong("a node's child is not behind it in the same tree")
    if not np.isfinite(trees.threshold).all():
        raise wrong("a threshold is not a number")
    if not np.isfinite(trees.expected).all():
        raise wrong("a node's expected value is not a number")


def check_array(trees: Any, name: str, dtype: type, nodes: int, wrong: type[TreesError]) -> None:
    """One value of ``dtype`` for each node."""
    found = getattr(trees, name)
    if found.dtype != dtype or found.shape != (nodes,):
        raise wrong(f"{name} is {found.dtype} {found.shape}, expected {np.dtype(dtype)} ({nodes},)")


@njit
def depths(left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.int64]:
    """The depth of each node. Children stand behind their parents, so one pass is enough."""
    depth = np.zeros(len(left), np.int64)
    for node in range(len(left)):
        if left[node] != node:
            depth[left[node]] = depth[right[node]] = depth[node] + 1
    return depth


@njit
def expectations(
    left: NDArray[np.int32], right: NDArray[np.int32], rows: NDArray[np.float64], leaf_value: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Per node the mean value of the leaves below it, each weighed by the training ``rows`` that reached it."""
    found = leaf_value.copy()
    for node in range(len(left) - 1, -1, -1):
        low, high = left[node], right[node]
        if low != node:
            whole = rows[low] + rows[high]
            share = rows[low] / whole if whole > 0.0 else 0.5
            found[node] = share * found[low] + (1.0 - share) * found[high]
    return found


@njit
def attribute(
    rows: NDArray[np.floating],
    feature: NDArray[np.int32],
    threshold: NDArray[np.float64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    missing_left: NDArray[np.bool_],
    expected: NDArray[np.float64],
    roots: NDArray[np.int32],
    parts: NDArray[np.float64],
) -> None:
    """Adds to ``parts`` (n, features) what each split on a row's way changes in the expected value.

    Over all features that is the row's value in all trees less the roots' expected values (path attribution:
    Saabas, 2014).
    """
    for i in range(len(rows)):
        for root in roots:
            at = root
            while left[at] != at:
                value = rows[i, feature[at]]
                low = missing_left[at] if np.isnan(value) else value <= threshold[at]
                child = left[at] if low else right[at]
                parts[i, feature[at]] += expected[child] - expected[at]
                at = child
