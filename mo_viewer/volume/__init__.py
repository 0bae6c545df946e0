"""Images in patient space: geometry, volume, mask, surface, plane, window."""
