"""Published figures and the founding article, held against a release."""
