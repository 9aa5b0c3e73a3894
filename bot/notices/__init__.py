"""Notices of a breach: everybody whom it concerns is told once, in their language, also who wants no messages."""
