"""A stand-in for Telegram's Bot API on this machine, and a page where people's side of the chat can be acted."""
