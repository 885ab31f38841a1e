"""How connections are accepted: how many there may be, and how long each may take to say what it wants (ADR 0032)."""
