"""Replaying a past period of the ledger through other rules or another model: as a job, or in the foreground."""
