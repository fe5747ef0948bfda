"""Names that services share, so that one sends what the other listens for."""

from typing import Final


class Task:
    """Celery task names. Across services a task is sent by name, never imported."""

    SCORE_PENDING: Final = "argus.score_pending"
    SWEEP: Final = "argus.sweep"
    BACKTEST: Final = "argus.backtest"
    CLEAR_SESSIONS: Final = "argus.clear_sessions"


class Queue:
    """Celery queue names."""

    SCORE: Final = "score"
    MAINTENANCE: Final = "maintenance"
    # Of the backtester alone: what scores listens to the others.
    BACKTESTS: Final = "backtests"


class RedisKey:
    """Redis keys. Losing any of them loses no transaction."""

    # Set while a hint waits in the queue; the worker deletes it before it claims.
    HINTED: Final = "argus:hinted"
    # Hash of worker name -> JSON of what that worker runs with (model, rule set, time).
    WORKERS: Final = "argus:workers"


class Channel:
    """Redis publish/subscribe channels for live viewers. Missing a message is harmless."""

    LIVE: Final = "argus:live"


class ModelRegistry:
    """What trainer and worker agree on in MLflow's model registry."""

    # The alias of the version that workers score with.
    CHAMPION: Final = "champion"
    # Tags of a version: the digest of its feature schema, and AnomalyModel.digest of its flat files.
    SCHEMA_TAG: Final = "feature_schema"
    DIGEST_TAG: Final = "model_digest"


# Work is cut by customer into this many shards: a customer always falls into the same one, one worker
# holds a shard at a time. Stored with each transaction: changing it needs an empty queue, nothing else.
SHARDS: Final = 64

# The audit log's kind of object for attempts to train.
TRAINING: Final = "training"
# And for runs of backtests.
BACKTEST: Final = "backtest"


# What the audit log calls sign-ins.
SIGNED_IN: Final = "user.signed_in"
SIGN_IN_REFUSED: Final = "user.sign_in_refused"
SIGN_INS: Final = (SIGNED_IN, SIGN_IN_REFUSED)
