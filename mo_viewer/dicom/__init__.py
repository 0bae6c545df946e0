"""Local DICOM files: index them by header, arrange them into series, decode and load their pixels."""
