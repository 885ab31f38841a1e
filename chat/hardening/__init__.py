"""Closes what Chainlit leaves open, one concern per module. See docs/security.md."""
