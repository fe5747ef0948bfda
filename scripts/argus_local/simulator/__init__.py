"""A living stream of transactions: customers with habits, merchants, and fraud of several kinds, labelled."""

from argus_local.simulator.stream import Event, Stream

__all__ = ["Event", "Stream"]
