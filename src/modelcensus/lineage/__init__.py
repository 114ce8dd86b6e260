"""What is built on what: edges between models, their roots, and the terms along them."""
