"""Measures: a definition and a release become a figure."""
