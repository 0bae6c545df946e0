"""Lesions and bone in space: a window with a picture that can be turned."""
