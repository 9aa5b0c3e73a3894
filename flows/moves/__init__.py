"""What one press or one text does to a session. `flows.engine` says when each may happen."""
