"""A human to write to: what contributors write, and the answers that come back."""
