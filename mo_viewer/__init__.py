"""MO Viewer: a desktop DICOM viewer that follows soft-tissue ossification through time."""

import os

__version__ = "0.1.0"

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Our matrices are small: further threads of numpy and scipy only wait for each other, and take a core from the window
(a fifth of a click's processor time). It must be said before numpy is loaded, and whoever says otherwise is heard."""
