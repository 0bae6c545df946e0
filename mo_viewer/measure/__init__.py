"""Numbers about a marked lesion, each with unit, spread and method."""
