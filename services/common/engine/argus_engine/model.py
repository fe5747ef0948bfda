"""A trained model: a forest, the features it knows, what its scores mean, and a combiner of all there is."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine import catalogue
from argus_engine.catalogue import FOREST_PLACES, combiner_matrix
from argus_engine.chances import Chances
from argus_engine.combiner import Combiner
from argus_engine.forest import Forest
from argus_engine.tail import Tail

FOREST_FILE: Final = "forest.npz"
MODEL_FILE: Final = "model.json"
COMBINER_FILE: Final = "combiner.npz"
FILES: Final = (FOREST_FILE, COMBINER_FILE, MODEL_FILE)
# Format 1 had no combiner.
FORMAT: Final = 2
STAGES: Final = ("label-free", "delayed", "reviewed")

Floats = NDArray[np.float64]


class ModelError(Exception):
    """Files are not a model that can be used."""


class SchemaMismatch(ModelError):
    """The model was trained on other features than this engine computes."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of n transactions: the forest's raw score, 0 to 1; its surprise; the rank; and the score of the rank, 0 to 1."""

    anomaly: Floats
    surprise: Floats
    rank: Floats
    score: Floats


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyModel:
    """A forest over ``features`` of the schema ``schema_digest``, and a combiner that makes one score of all there is.

    ``tail``: the forest's scores in training. ``review_rate``: the share of transactions, between 0 and 1, that the
    score sends to review. ``ranks``: the combiner's ranks of recent transactions that it did not learn from.
    ``chances``: how often fraud was found per rank, where enough labels are known. ``stage``: one of STAGES; ``note``:
    a sentence on why it combines as it does. ``pace``, above 0: see :func:`argus_engine.capacity.pace`. ``version``:
    its registry version; ``digest``: SHA-256 over its files; both empty until loaded. ``trained_at``: when that
    version was made, in seconds since 1970, if whoever loaded it knows.
    """

    forest: Forest
    schema_digest: str
    features: tuple[str, ...]
    tail: Tail
    review_rate: float
    combiner: Combiner
    ranks: Tail
    chances: Chances | None = None
    stage: str = "label-free"
    note: str = ""
    pace: float = 1.0
    version: str = ""
    digest: str = ""
    trained_at: float | None = None

    def __post_init__(self) -> None:
        if not self.forest.n_features == len(self.features) == len(self.combiner.unusual.heard):
            raise ModelError(f"the forest takes {self.forest.n_features} features, {len(self.features)} are named")
        if not 0.0 < self.review_rate < 1.0:
            raise ModelError(f"the review rate {self.review_rate} is not between 0 and 1")
        if not 0.0 < self.pace < float("inf"):
            raise ModelError(f"the pace {self.pace} is not a number above 0")
        if self.stage not in STAGES:
            raise ModelError(f"the stage {self.stage!r} is none of {', '.join(STAGES)}")

    @staticmethod
    def fit_tail(scores: NDArray[np.floating]) -> Tail:
        """The table of the raw anomaly scores of the training rows, for ``tail``."""
        return Tail.fit(scores)

    def anomaly(self, matrix: NDArray[np.floating]) -> Floats:
        """Raw anomaly scores, 0 to 1, higher is more unusual, of rows (n, features)."""
        return -self.forest.score_samples(self.combiner.unusual.rows(matrix))

    def anomaly_parts(self, matrix: NDArray[np.floating]) -> tuple[Floats, float]:
        """What each feature adds to the raw anomaly scores of rows (n, features), and from what they start."""
        return self.forest.parts(self.combiner.unusual.rows(matrix))

    def risk(self, matrix: NDArray[np.floating]) -> Floats:
        """The forest's own risk, 0 to 1, of rows (n, features): 0.5 for what is as rare as the review rate."""
        return self.risk_of(self.anomaly(matrix))

    def risk_of(self, scores: Floats) -> Floats:
        """Risk of raw anomaly scores: 1 / (1 + share of training scores as high / review rate)."""
        return 1.0 / (1.0 + self.tail.share(scores) / self.review_rate)

    def judge(self, features: Floats, evidence: Floats) -> Judgement:
        """Of features (n, F) and the rules' evidence (n,)."""
        return self.judge_seen(combiner_matrix(features), evidence)

    def judge_seen(self, seen: NDArray[np.floating], evidence: Floats) -> Judgement:
        """The same of features in the order of COMBINER_FEATURES."""
        anomaly = self.anomaly(seen[:, FOREST_PLACES])
        surprise = self.tail.surprise(anomaly)
        rank = self.combiner.rank(seen.astype(np.float64, copy=False), surprise, evidence)
        return Judgement(anomaly, surprise, rank, self.score_of(rank))

    def score_of(self, rank: Floats) -> Floats:
        """The score, 0 to 1, of ranks: 0.5 for what is as rare in recent transactions as the review rate.

        1 / (1 + share of recent ranks as high / review rate): of transactions that score s or more, one comes among
        s / (1 - s) / review rate transactions.
        """
        return 1.0 / (1.0 + np.exp(-self.ranks.surprise(rank)) / self.review_rate)

    def dump(self, folder: Path) -> str:
        """Write the model's files into ``folder``, made if need be; returns their digest."""
        folder.mkdir(parents=True, exist_ok=True)
        self.forest.save(folder / FOREST_FILE)
        self.combiner.save(folder / COMBINER_FILE)
        described = {
            "format": FORMAT,
            "schema_digest": self.schema_digest,
            "features": list(self.features),
            "review_rate": self.review_rate,
            "tail": self.tail.as_dict(),
            "ranks": self.ranks.as_dict(),
            "chances": self.chances.as_dict() if self.chances else None,
            "stage": self.stage,
            "note": self.note,
            "pace": self.pace,
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
            described = json.loads((folder / MODEL_FILE).read_bytes())
            _known(described)
            digest = _digest(folder)
            return cls(
                Forest.load(folder / FOREST_FILE),
                described["schema_digest"],
                tuple(described["features"]),
                Tail.from_dict(described["tail"]),
                float(described["review_rate"]),
                Combiner.load(folder / COMBINER_FILE),
                Tail.from_dict(described["ranks"]),
                Chances.from_dict(described["chances"]) if described["chances"] is not None else None,
                described["stage"],
                str(described["note"]),
                float(described["pace"]),
                version,
                digest,
            )
        except KeyError as error:
            raise ModelError(f"{MODEL_FILE} has no {error}") from error
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise ModelError(f"the model cannot be read: {error}") from error


def _known(described: Any) -> None:
    if described["format"] != FORMAT:
        raise ModelError(
            f"the model has format {described['format']!r}; this engine reads format {FORMAT}, with a combiner: "
            "train a new version"
        )
    digest, names = described["schema_digest"], tuple(described["features"])
    if digest != catalogue.SCHEMA_DIGEST or names != catalogue.MODEL_FEATURES:
        raise SchemaMismatch(
            f"it was trained on feature schema {digest} ({', '.join(map(str, names))}); this engine computes "
            f"schema {catalogue.SCHEMA_DIGEST} ({', '.join(catalogue.MODEL_FEATURES)})"
        )


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for name in FILES:
        # The digest of each part first: no two sets of files run into the same bytes.
        found.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return found.hexdigest()


load = AnomalyModel.load
