"""Chainlit made safe: what it leaves open is closed here, one concern per module. See docs/security.md."""
