"""Keeps up the tables of sums. For the upkeep, never for a request; ``db/sum_report.py`` reads them."""
