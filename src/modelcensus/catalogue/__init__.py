"""What the snapshots mean: which repository is which, whose it is, and its facts."""
