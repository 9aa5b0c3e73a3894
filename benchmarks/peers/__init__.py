"""The same survey, written the way each peer's documentation writes one."""
