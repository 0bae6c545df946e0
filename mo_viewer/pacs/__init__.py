"""Sending to and fetching from archives: DICOM (C-ECHO, C-FIND, C-GET, C-MOVE, C-STORE) and DICOMweb (QIDO, WADO, STOW).

All of it is off until a node is configured or named: nothing here opens a connection when it is imported.
"""
