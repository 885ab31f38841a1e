"""People: sign-in, sessions, passwords, the first admin."""

REVOKED_CHANNEL = "footnote:sessions:revoked"
"""Redis channel for the ids of ended sign-ins, so that their open sockets can be closed."""
