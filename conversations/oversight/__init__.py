"""Conversations of all people, for admins, and who opened them, for everyone."""
