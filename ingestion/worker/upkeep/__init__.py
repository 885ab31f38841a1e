"""What is done in quiet hours: clearing up, making the index small, having frequent answers ready."""

from ingestion.worker.upkeep.chores import Chores, WarmAnswers
from ingestion.worker.upkeep.schedule import Schedule

__all__ = ["Chores", "Schedule", "WarmAnswers"]
