"""Security tests: outcomes of imported logs become rates, ratios and intervals."""
