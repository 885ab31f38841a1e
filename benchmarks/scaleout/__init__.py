"""Drills of an installation on many machines: two web processes behind HAProxy, two workers, servers that fail."""
