"""Settings of the trainer, all from the environment."""

from argus_records import logs
from argus_records.conf import Env, SettingsError, common
from croniter import croniter

from argus_trainer.alive import sign

env = Env()
globals().update(SHARED := common(env))
DATABASES, LOG_LEVEL, LOG_FORMAT = (SHARED[name] for name in ("DATABASES", "LOG_LEVEL", "LOG_FORMAT"))
CODE_VERSION, MODEL_NAME = (SHARED[name] for name in ("CODE_VERSION", "MODEL_NAME"))

INSTALLED_APPS = ["django.contrib.postgres", "argus_records"]
SECRET_KEY = "the trainer signs nothing"  # noqa: S105

MLFLOW_TRACKING_URI = env.text("MLFLOW_TRACKING_URI", hint="for example http://mlflow:5000")
# At three in the morning, in UTC.
TRAINER_CRON = env.text("ARGUS_TRAINER_CRON", default="0 3 * * *")
if not croniter.is_valid(TRAINER_CRON):
    raise SettingsError(f"ARGUS_TRAINER_CRON is {TRAINER_CRON!r}; expected a cron expression such as '0 3 * * *'")
# What can be worked: alerts a day, 0 for none stated; else a share of the transactions.
ALERTS_A_DAY = env.number("ARGUS_ALERTS_A_DAY", default=0, low=0, high=10_000_000) or None
REVIEW_RATE = env.share("ARGUS_REVIEW_RATE", default="0.005")
TRAINER_HEARTBEAT = sign(env)
TRAINER_METRICS_PORT = env.number("ARGUS_TRAINER_METRICS_PORT", default=0, low=0, high=65_535)

LOGGING_CONFIG = None
logs.configure(level=LOG_LEVEL, fmt=LOG_FORMAT)
