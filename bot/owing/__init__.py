"""Effects -> rows: what a step owes, gathered for the one transaction that commits it."""
