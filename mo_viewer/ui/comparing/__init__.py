"""Two studies of one patient in one picture."""
