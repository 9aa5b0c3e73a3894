"""Updates handled a second, beside two peers, against one stand-in. `python -m benchmarks` runs it."""
