"""From clicks to a closed surface around a calcified lesion, native bone left out."""
