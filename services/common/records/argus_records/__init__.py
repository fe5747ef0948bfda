"""The ledger: the only place where the database schema is known."""

__version__ = "0.1.0"
