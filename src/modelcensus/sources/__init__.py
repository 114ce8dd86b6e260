"""Readers of foreign files: a row becomes a record or a counted reject, uninterpreted."""
