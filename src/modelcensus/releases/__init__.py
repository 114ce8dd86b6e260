"""Releases: built once, immutable, opened by everything that reads."""
