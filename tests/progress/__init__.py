"""How collections go, on real stores."""
