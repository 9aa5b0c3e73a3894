"""What a steward does: releases for a purpose, the ledger of them, withdrawals that reach them, the master key."""
