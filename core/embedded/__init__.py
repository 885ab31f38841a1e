"""PostgreSQL and Redis from pip wheels, run as child processes under the var folder."""
