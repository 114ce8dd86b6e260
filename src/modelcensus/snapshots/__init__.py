"""Immutable, dated, checksummed states of a frame: what the source said, nothing interpreted."""
