"""Reaching a node, and reading what it says."""
