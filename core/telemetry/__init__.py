"""What a process tells of itself to those who operate it: the port. What listens is in ``telemetry/``, and only where it is switched on."""
