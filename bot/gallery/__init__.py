"""The gallery: every screen of a collection in a region, in one language beside the original."""
