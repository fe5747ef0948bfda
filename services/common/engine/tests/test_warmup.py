"""After the warm-up nothing is compiled: a kernel that is compiled again makes a transaction wait for it."""

import subprocess
import sys

CODE = """
import numpy as np
from argus_engine import foremost, history, kernel, live, travel, windows
from argus_engine.columns import Transactions
from argus_engine.config import FeatureConfig
from argus_engine.memory import kernel as shared, live as memory
from argus_engine.memory.labels import LabelEvents
from argus_engine.memory.marks import Marks
from argus_engine.replay import Replay

def compiled():
    modules = (foremost, history, kernel, travel, windows, shared)
    kernels = [found for module in modules for found in vars(module).items()]
    return {name: len(found.signatures) for name, found in kernels if hasattr(found, "signatures")}

live.warmup()
warm = compiled()
assert warm["run"] == warm["walk"] == warm["fold_all"] == 1, warm

rows = [
    (k, k * 10**9, f"c{k % 3}", 2_000 + k, "EUR" if k % 2 else "JPY", "cash_deposit", f"s{k % 4}", "DE", "web", f"d{k}",
     1.0, 2.0)
    for k in range(40)
]
batch, config = Transactions.from_rows(rows), FeatureConfig(reporting=(("EUR", 1_000_000),))
plain, marked = Replay(config), Replay(config)
for low in range(0, 40, 8):
    part = batch.take(range(low, low + 8))
    fraud = part.amount % 3 == 0
    slices = np.arange(low + 1, low + 9)
    plain.advance(part, labels=LabelEvents.of(part, fraud))
    marked.advance(part, labels=LabelEvents.of(part, fraud, number=slices), marks=Marks.of_slices(slices))
asked, flags = memory.ask(batch), batch.amount % 2 == 0
states = memory.shared_fold(asked, flags, flags, {})
memory.shared_label(asked, LabelEvents.from_rows(batch, [(k, True, k) for k in range(40)]), [(1, 2, True)], states)
memory.shared_read(asked, np.full((40, 45), np.nan), states)
assert compiled() == warm, (compiled(), warm)
"""


def test_whatever_the_batches_hold() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
