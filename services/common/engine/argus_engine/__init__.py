"""Scoring without a framework: no web, no queue, no database, no clock.

Transactions come in as columns, what is needed of the past is asked for and handed in, and out come features,
scores, verdicts and reasons. Live scoring, training and backtests call the same functions.
"""
