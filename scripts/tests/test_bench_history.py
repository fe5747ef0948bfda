"""The measurement of long histories measures what it says."""

from argus_engine.memory.states import Kind
from argus_local.bench_history import FEW, History, measure


def test_histories_are_as_long_as_they_say_and_states_are_not() -> None:
    short, long = History(FEW), History(60_000)
    assert {name: len(state) for name, state in short.states.items()} == {
        name: len(state) for name, state in long.states.items()
    }
    shop = (Kind.COUNTERPARTY, "shop")
    assert len(long.shared[shop]) - len(short.shared[shop]) < 200  # hours that the short one never saw
    before = dict(long.states), dict(long.shared)
    assert long.one_more() > 0
    assert (long.states, long.shared) == before


def test_figures() -> None:
    figures = measure(many=5000, turns=3)
    assert figures.keys() == {"history_few_us", "history_many_us", "history_cost_ratio", "history_state_bytes"}
    assert figures["history_cost_ratio"] > 0
    assert 0 < figures["history_state_bytes"] < 1000
