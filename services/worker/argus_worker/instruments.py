"""The worker's counters and histograms. Import late: the library settles for one or several processes once."""

from typing import Final

from argus_records import latency
from argus_records.names import Task
from prometheus_client import Counter, Histogram

from argus_worker.bulk import BulkHistogram

VERDICTS: Final = ("approve", "review", "block")
TASK_OUTCOMES: Final = ("started", "succeeded", "failed", "retried")

DECIDED: Final = Counter("argus_transactions_decided", "Transactions decided", ["verdict"])
WITHOUT_MODEL: Final = Counter(
    "argus_transactions_decided_without_model", "Transactions decided by rules alone, for want of a working model"
)
LATENCY: Final = BulkHistogram("argus_received_to_decided_seconds", "From received to decided", buckets=latency.BOUNDS)
SCORE: Final = BulkHistogram(
    "argus_decision_score",
    "Scores of decisions, 0 to 1, higher is more suspicious",
    buckets=[0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99],
)
BATCH: Final = Histogram(
    "argus_batch_transactions",
    "Transactions of one batch",
    buckets=[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4096, 16384],
)
BATCH_SECONDS: Final = Histogram(
    "argus_batch_seconds",
    "From claim to commit of one batch",
    buckets=[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
)
RULE_HITS: Final = Counter("argus_rule_hits", "Transactions that a rule hit", ["rule"])
RULE_ERRORS: Final = Counter("argus_rule_errors", "Transactions on which a rule raised", ["rule"])
FOLDED: Final = Counter("argus_batches_folded", "Batches of decisions taken into what customers share")
FOLD_FAILURES: Final = Counter("argus_fold_failures", "Attempts to do so that failed")
SUM_FAILURES: Final = Counter("argus_sum_failures", "Attempts to advance the hours' sums that failed")
TASKS: Final = Counter("argus_tasks", "Runs of Celery tasks, by what became of them", ["task", "outcome"])

# There from the start: a series that is born with its first event has no increase to be alerted by.
for _verdict in VERDICTS:
    DECIDED.labels(_verdict)
for _task in (Task.SCORE_PENDING, Task.SWEEP, Task.CLEAR_SESSIONS):
    for _outcome in TASK_OUTCOMES:
        TASKS.labels(_task, _outcome)
RULE_ERRORS.labels("engine")
