"""The management report of a month."""
