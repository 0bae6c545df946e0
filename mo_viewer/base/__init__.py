"""What every room may use: faults with a sentence, tickets for long work, remarks, units."""
