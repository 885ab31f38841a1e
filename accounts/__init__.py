"""People: sign-in, sessions, passwords, the first admin."""

REVOKED_CHANNEL = "footnote:sessions:revoked"
"""Redis channel on which the id of every ended sign-in is published, so that open sockets can be closed."""
