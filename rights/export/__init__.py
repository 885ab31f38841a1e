"""The export of everything about a person, as a ZIP."""
