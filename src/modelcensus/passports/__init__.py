"""One model: what is known of it, from which source, and what is not. It identifies; no more."""
