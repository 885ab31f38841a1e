"""The stand-in for a search server (:mod:`benchmarks.stand_ins`) without the pauses that drills need."""

from benchmarks import stand_ins

if __name__ == "__main__":
    stand_ins.DELETING_S = 0.0
    stand_ins.main()
