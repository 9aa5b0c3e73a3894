"""What members of the team do, a subject a module."""
