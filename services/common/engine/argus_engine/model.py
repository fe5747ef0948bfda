"""A trained anomaly model: a forest, the features it knows, and what its raw scores mean."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine import catalogue
from argus_engine.forest import Forest, ForestError
from argus_engine.tail import Tail

FOREST_FILE: Final = "forest.npz"
MODEL_FILE: Final = "model.json"
FORMAT: Final = 1


class ModelError(Exception):
    """Files are not a model that can be used."""


class SchemaMismatch(ModelError):
    """The model was trained on other features than this engine computes."""


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyModel:
    """A forest over ``features`` of the schema ``schema_digest``.

    ``tail``: the training scores. ``review_rate``: the share of transactions, between 0 and 1, that the model
    alone sends to review. ``version``: its registry version; ``digest``: SHA-256 over its files; both empty
    until loaded. ``trained_at``: when that version was made, in seconds since 1970, if whoever loaded it knows.
    """

    forest: Forest
    schema_digest: str
    features: tuple[str, ...]
    tail: Tail
    review_rate: float
    version: str = ""
    digest: str = ""
    trained_at: float | None = None

    def __post_init__(self) -> None:
        if self.forest.n_features != len(self.features):
            raise ModelError(f"the forest takes {self.forest.n_features} features, {len(self.features)} are named")
        if not 0.0 < self.review_rate < 1.0:
            raise ModelError(f"the review rate {self.review_rate} is not between 0 and 1")

    @staticmethod
    def fit_tail(scores: NDArray[np.floating]) -> Tail:
        """The table of the raw anomaly scores of the training rows, for ``tail``."""
        return Tail.fit(scores)

    def anomaly(self, matrix: NDArray[np.floating]) -> NDArray[np.float64]:
        """Raw anomaly scores, 0 to 1, higher is more unusual, of rows (n, features)."""
        return -self.forest.score_samples(matrix)

    def risk(self, matrix: NDArray[np.floating]) -> NDArray[np.float64]:
        """Risk, 0 to 1, of rows (n, features): 0.5 for what is as rare as the review rate, more if rarer."""
        return self.risk_of(self.anomaly(matrix))

    def risk_of(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Risk of raw anomaly scores: 1 / (1 + share of training scores as high / review rate)."""
        return 1.0 / (1.0 + self.tail.share(scores) / self.review_rate)

    def dump(self, folder: Path) -> str:
        """Write the model's two files into ``folder``, made if need be; returns their digest."""
        folder.mkdir(parents=True, exist_ok=True)
        self.forest.save(folder / FOREST_FILE)
        described = {
            "format": FORMAT,
            "schema_digest": self.schema_digest,
            "features": list(self.features),
            "review_rate": self.review_rate,
            "tail": self.tail.as_dict(),
        }
        (folder / MODEL_FILE).write_text(json.dumps(described, allow_nan=False) + "\n")
        return _digest(folder)

    @classmethod
    def load(cls, folder: Path, version: str) -> "AnomalyModel":
        """Read what :meth:`dump` wrote, as the registry's ``version``.

        Raises SchemaMismatch for a model on other features, ModelError for files that are not a model.
        """
        folder = Path(folder)
        try:
            digest = _digest(folder)
            described = json.loads((folder / MODEL_FILE).read_bytes())
            _known(described)
            return cls(
                Forest.load(folder / FOREST_FILE),
                described["schema_digest"],
                tuple(described["features"]),
                Tail.from_dict(described["tail"]),
                float(described["review_rate"]),
                version,
                digest,
            )
        except KeyError as error:
            raise ModelError(f"{MODEL_FILE} has no {error}") from error
        except (OSError, ValueError, TypeError, RecursionError, ForestError) as error:
            raise ModelError(f"the model cannot be read: {error}") from error


def _known(described: Any) -> None:
    if described["format"] != FORMAT:
        raise ModelError(f"the model has format {described['format']!r}; this engine reads format {FORMAT}")
    digest, names = described["schema_digest"], tuple(described["features"])
    if digest != catalogue.SCHEMA_DIGEST or names != catalogue.MODEL_FEATURES:
        raise SchemaMismatch(
            f"it was trained on feature schema {digest} ({', '.join(map(str, names))}); this engine computes "
            f"schema {catalogue.SCHEMA_DIGEST} ({', '.join(catalogue.MODEL_FEATURES)})"
        )


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for name in (FOREST_FILE, MODEL_FILE):
        # The digest of each part first: no two pairs of files run into the same bytes.
        found.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return found.hexdigest()


load = AnomalyModel.load
