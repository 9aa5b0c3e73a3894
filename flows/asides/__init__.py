"""Screens that lie over an unchanged stage: help, privacy, what is held, language, leaving, and goodbyes."""
