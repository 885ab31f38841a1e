"""What only unit tests ask for."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor

import pytest


@pytest.fixture(scope="session")
def alone() -> Iterator[Executor]:
    """A process where nothing else runs, for what is measured or may have to be stopped."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        yield process
