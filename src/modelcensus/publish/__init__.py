"""Figures as bytes, on a terminal and as stories."""
