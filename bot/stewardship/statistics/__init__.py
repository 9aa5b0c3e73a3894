"""Statistics that are published: counts with small cells suppressed, or differentially private through OpenDP."""
