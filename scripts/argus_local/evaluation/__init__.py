"""Replays a labelled stream through the product and measures what it would have found."""
