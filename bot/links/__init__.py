"""Links to a collection: doors that a batch goes through, posters, and posts."""
