"""The OpenAPI document is true: schemathesis reads it and holds the running service to it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Bulk calls take the good items and tell of the others, so a body with items that violate the schema is no error;
# bulk_calls_account_for_every_item looks at those answers. And JSON Schema cannot say all of what a transaction must
# be: its time at most a day ahead, its digits those of its currency.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429"]

[[operations]]
include-operation-id = ["submit_batch", "label"]
checks.negative_data_rejection.expected-statuses = ["200", "400", "401", "413", "415", "422"]

[[operations]]
include-operation-id = ["read_decisions"]
checks.positive_data_acceptance.expected-statuses = ["2xx"]
"""


@pytest.mark.stack
def test_the_service_does_what_its_document_says(
    gunicorn: Callable[..., str], make_key: Callable[..., str], tmp_path: Path
) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    command = [
        sys.executable, "-m", "schemathesis.cli", f"--config-file={config}", "run",
        f"{gunicorn()}/api/v1/openapi.json",
        "--header", f"Authorization: Bearer {make_key()}",
        "--checks", "all", "--max-examples", "25", "--workers", "1", "--no-color",
    ]  # fmt: skip
    env = {**os.environ, "SCHEMATHESIS_HOOKS": "contract_hooks", "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=240)
    log = (tmp_path / "gunicorn.log").read_text()
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:] + log[-4000:]
    assert "request failed" not in log
