"""The bundled sample: real facts, so that the first command answers real questions offline."""
