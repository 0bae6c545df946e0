"""The preferences: keys, mouse, windows, looks, settings of plugins."""
