"""Help on the way: what errors say, and the tour of the desk for who is new."""
