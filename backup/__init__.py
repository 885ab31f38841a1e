"""Backups of everything, and their restoration into an empty place."""
