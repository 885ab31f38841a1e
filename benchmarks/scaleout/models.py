"""Rows about a language model that fails."""

import time
from collections.abc import Callable

from benchmarks.scaleout.frame import Row, Stage
from benchmarks.scaleout.load import Tally
from benchmarks.scaleout.servers import stays_ready

AWAY_S = 8.0


def _gone(stage: Stage) -> None:
    site = stage.site
    stage.begin()
    site.model.kill()
    time.sleep(AWAY_S)
    stage.back()
    site.model.start()
    site.model.wait("/v1/models")
    site.speak()
    stage.heal()


def misbehaves(behaviour: str) -> Callable[[Stage], None]:
    """A fault: the model does this for a while."""

    def strike(stage: Stage) -> None:
        stage.begin()
        stage.site.behave(behaviour)
        time.sleep(AWAY_S)
        stage.site.speak()
        stage.heal()

    return strike


def _extracts(stage: Stage, tally: Tally) -> None:
    """Who asked meanwhile got the sentences of the documents."""
    stays_ready(stage, tally)
    within = [one for one in tally.questions if stage.struck < one.began < stage.away_until - 2]
    modes = {one.mode or one.outcome for one in within}
    stage.require(within, "nobody asked meanwhile")
    stage.require(modes <= {"extractive"}, f"questions meanwhile came to {sorted(modes)}")
    stage.seen.append(f"{len(within)} extractive answers meanwhile")


def _ends(stage: Stage, tally: Tally) -> None:
    stays_ready(stage, tally)
    stage.require(all(one.outcome in ("answered", "told") for one in tally.questions), "an answer did not end")


ROWS = (
    Row("model gone", "extractive answers; web processes stay ready", _gone, _extracts),
    Row("model 429", "the same", misbehaves("busy-600"), _extracts),
    Row("model stalled", "the same, when its time is over", misbehaves("stall"), _ends),
)
