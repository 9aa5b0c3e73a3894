"""The audit trail: entries are authenticated when they are written, sealed into a log, and can be held against it."""
