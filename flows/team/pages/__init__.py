"""The team's screens, a subject a module. None shows a contributor, or anything that one has said but to answer it."""
