"""Curated facts with evidence: who makes models, which lines, which licences; and their checks."""
