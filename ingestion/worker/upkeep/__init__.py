"""Upkeep in quiet hours: clearing up, compacting the index, warming frequent answers, guides to documents."""

from ingestion.worker.upkeep.chores import Chores, WarmAnswers
from ingestion.worker.upkeep.guides import GuideMaker
from ingestion.worker.upkeep.schedule import Schedule

__all__ = ["Chores", "GuideMaker", "Schedule", "WarmAnswers"]
