"""Finds plugins, guards every call into them, and gives them the shell through one narrow door."""
