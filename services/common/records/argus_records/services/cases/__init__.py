"""What officers do with cases. Each module is one concern; MOVES in ``moves`` is the table that all of them obey."""
