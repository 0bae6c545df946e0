"""What every plugin must satisfy, as checks that its author can run (``mo-viewer plugins --check``)."""
