"""Setting an installation up: its settings, its master key, what Telegram shows of it, and how it is started."""
