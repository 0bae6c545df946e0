"""MO Viewer: a desktop DICOM viewer that follows soft-tissue ossification through time."""

__version__ = "0.1.0"
