"""People, as admins manage them: lists, invitations, rights, and many at once from a file."""
