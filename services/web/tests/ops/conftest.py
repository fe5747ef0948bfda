"""Figures are kept per process for a while: not from one test to the next."""

import pytest
from argus_web.ops import figures


@pytest.fixture(autouse=True)
def _fresh_figures() -> None:
    for kept in (figures.ledger, figures.size, figures.workers, figures.stability):
        kept.forget()
