"""What is open, how it changes, and where it is kept."""
