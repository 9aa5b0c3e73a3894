"""Looking an installation over: what is wrong with it, and what helps. Nothing is changed by looking."""
