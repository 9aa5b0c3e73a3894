"""The team, between the pure flow (`flows.team`) and what is stored of it."""
