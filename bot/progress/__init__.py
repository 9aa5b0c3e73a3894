"""How collections go: counts of those who agreed to be counted, what is published of them, and pictures of it."""
