"""Histograms of durations in fixed logarithmic buckets: they can be added up, and any percentile can be read from the sum.

Bucket ``n`` counts the durations from ``BASE ** n`` to ``BASE ** (n + 1)`` milliseconds; the first also what is shorter, the last what is
longer. The bounds must never change: stored counts have no others.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np

BASE = 1.1  # so that a percentile is wrong by a few per cent, at the very most by 10
BUCKETS = 144  # up to 15 minutes

# SQL for the bucket of a number of milliseconds
BUCKET_SQL = f"least(greatest(floor(ln(greatest({{ms}}, 1)) / ln({BASE})), 0), {BUCKETS - 1})::integer"


def bucket_of(ms: float) -> int:
    """The bucket of a duration."""
    return min(max(math.floor(math.log(max(ms, 1.0)) / math.log(BASE)), 0), BUCKETS - 1)


def histogram(counts: Iterable[tuple[int, int]]) -> list[int]:
    """The counts of all buckets from those of some, given as (bucket, count)."""
    buckets = [0] * BUCKETS
    for bucket, count in counts:
        buckets[bucket] += count
    return buckets


def added(histograms: Iterable[Sequence[int]]) -> list[int]:
    """The sum of histograms; an empty one counts nothing."""
    full = [one for one in histograms if one]
    return list(map(int, np.sum(full, axis=0))) if full else [0] * BUCKETS


def percentiles_ms(buckets: Sequence[int], shares: Sequence[float]) -> list[float] | None:
    """The durations in milliseconds that each of ``shares`` (0 to 1) of the counted ones do not exceed; None when there are none."""
    up_to = np.cumsum(buckets or [0])
    if not up_to[-1]:
        return None
    wanted = np.asarray(shares) * up_to[-1]
    places = np.searchsorted(up_to, wanted)  # the first bucket that reaches it
    counts = np.asarray(buckets)[places]
    within = np.clip(1.0 - (up_to[places] - wanted) / np.maximum(counts, 1), 0.0, 1.0)
    return [float(one) for one in BASE ** (places + within)]
