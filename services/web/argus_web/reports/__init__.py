"""What leaves the desk on paper: case files and the management report of a month."""
