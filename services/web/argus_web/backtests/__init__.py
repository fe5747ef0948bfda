"""Backtests: asking for one, watching it, reading what came of it."""
