"""How long a release takes and how much memory, beside a plain writer of the same rows."""
