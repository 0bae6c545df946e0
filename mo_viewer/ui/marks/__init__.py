"""Marks that the reader draws: tools, drawing, values beside them, the list."""
