"""Sending to and fetching from archives: DICOM (echo, find, get, move, store) and DICOMweb (QIDO, WADO, STOW).

All of it is off until a node is configured or named: nothing here opens a connection when it is imported.
"""
