"""Writing to a human, between the pure flow (`flows.contact`) and the chat that it lies in."""
