"""Names of queues, and what each of them carries."""

import pytest

from core.errors import SettingsInvalid
from ingestion.jobs.queue import ALL_QUEUES, QueueName, queues_of
from ingestion.worker.tasks import QUEUES


def test_queues_are_named_with_commas() -> None:
    assert queues_of("") == queues_of(" , ") == ALL_QUEUES
    assert queues_of("maintenance, ingestion") == (QueueName.INGESTION, QueueName.MAINTENANCE)


def test_a_queue_that_is_none_is_told_in_a_sentence() -> None:
    with pytest.raises(SettingsInvalid, match=r"no queue 'ingest'; choose from ingestion, answers, maintenance\."):
        queues_of("ingestion,ingest")


def test_every_queue_can_be_listened_to_and_no_task_is_in_two() -> None:
    assert set(QUEUES) == set(QueueName)
    assert all(QUEUES.values())
    assert len({queue.key for queue in QueueName} | {queue.health_key for queue in QueueName}) == 6
    assert [task.name for task in QUEUES[QueueName.INGESTION]] == ["ingest_document"]
    assert all(task.timeout_s for tasks in QUEUES.values() for task in tasks)
