"""Studies of one patient through time: registration, identity of lesions, comparability, change."""
