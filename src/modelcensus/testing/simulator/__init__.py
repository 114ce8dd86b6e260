"""A Hub that never was: invented models over time, with the truth about each of them."""
