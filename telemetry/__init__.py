"""What operators see of a process: numbers for Prometheus, and traces by OTLP. Both are off unless the settings name where they go."""
