"""Upkeep in quiet hours: clearing up, compacting the index, warming frequent answers."""

from ingestion.worker.upkeep.chores import Chores, WarmAnswers
from ingestion.worker.upkeep.schedule import Schedule

__all__ = ["Chores", "Schedule", "WarmAnswers"]
