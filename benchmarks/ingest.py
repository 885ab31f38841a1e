"""Compares the speed and memory of Footnote's ingestion with the pipeline of most tutorials, in one run on the same real pages.

Usage: python -m benchmarks.ingest [--documents ../shared/data/docs] [--pages 100] [--repeat 3] [--threads N] [--workers/--no-workers]

Both sides alternate, each time in a fresh process, with the same number of threads and the same model (all-MiniLM-L6-v2); the times
exclude the start-up. Footnote's time is that of the whole job: the file is stored, parsed in the sandbox, cut, embedded, and
written to the index and to PostgreSQL. Then the same files are ingested by one and by two ``footnote worker`` processes.
The last line is the ratio of the medians; exits with 1 when it is below the target.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import baseline, workers
from benchmarks.measured import Failed, Measured, measure
from benchmarks.pages import collect
from core import logging

ROOT = Path(__file__).resolve().parents[1]
TARGET = 5.0
QUIET = {"DO_NOT_TRACK": "1", "SCARF_NO_ANALYTICS": "true", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}


def _environment() -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")}
    return {**plain, **QUIET}


def _naive(python: Path, pdf: Path, folder: Path, threads: int) -> Measured:
    script = ROOT / "benchmarks" / "naive.py"
    command = [str(python), str(script), str(pdf), str(folder), str(threads)]
    return measure(command, folder, ROOT, _environment() | {"OMP_NUM_THREADS": str(threads)})


def _product(pdf: Path, folder: Path, threads: int, models: Path) -> Measured:
    command = [sys.executable, "-m", "benchmarks.product", str(pdf), str(folder), str(threads), str(models)]
    return measure(command, folder, ROOT, _environment())


def _compare(pdf: Path, work: Path, repeat: int, threads: int) -> tuple[list[Measured], list[Measured]]:
    python = baseline.prepare()
    models = work / "models"
    first = _product(pdf, work / "v", threads, models)
    print(f"Footnote's first start, with the conversion of the model: {first.start_up_s:.1f} s", flush=True)
    naive, product = [], []
    for number in range(repeat):
        naive.append(_naive(python, pdf, work / f"n{number}", threads))
        if not naive[-1].chunks:
            raise Failed("of the naive pipeline read nothing of these pages: there is nothing to compare with")
        _print_run("naive", naive[-1])
        product.append(_product(pdf, work / f"v{number}", threads, models))
        _print_run("Footnote", product[-1])
    return naive, product


def _print_run(name: str, one: Measured) -> None:
    load = os.getloadavg()[0]
    print(f"{name:10}{one.total_s:8.2f} s, after {one.start_up_s:5.1f} s of start-up; load {load:.1f}", flush=True)


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _table(pages: int, sides: dict[str, list[Measured]]) -> None:
    print(f"\n{'':10}{'pages/s':>9}{'seconds':>9}{'start-up s':>12}{'peak MB':>9}{'servers MB':>12}{'chunks':>8}")
    for name, runs in sides.items():
        total = _median([one.total_s for one in runs])
        start_up = _median([one.start_up_s for one in runs])
        peak, servers = max(one.peak_mb for one in runs), max(one.servers_mb for one in runs)
        print(f"{name:10}{pages / total:9.1f}{total:9.2f}{start_up:12.1f}{peak:9.0f}{servers:12.0f}{runs[0].chunks:8}")
    print("\nWhere the time goes, in seconds (medians)")
    for name, runs in sides.items():
        parts = {part: _median([one.parts.get(part, 0.0) for one in runs]) for part in runs[0].parts}
        print(f"{name:10}" + "  ".join(f"{part} {seconds:.2f}" for part, seconds in parts.items()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, default=ROOT.parent / "shared" / "data" / "docs")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--workers", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


def main() -> None:
    """The command line."""
    arguments = _arguments()
    logging.configure("warning")
    with tempfile.TemporaryDirectory(prefix="fn-") as folder:  # a short path, because it contains unix sockets
        work = Path(folder)
        try:
            characters = collect(arguments.documents, arguments.pages, work / "pages.pdf")
        except FileNotFoundError as error:
            sys.exit(f"The documents to measure with are missing: {error}")
        load = os.getloadavg()[0]
        print(f"{arguments.pages} pages, {characters} characters; {arguments.threads} threads; load {load:.1f}")
        if load > (os.cpu_count() or 1) / 2:
            print("The machine is busy with other things: expect worse figures than it can do.")
        try:
            naive, product = _compare(work / "pages.pdf", work, arguments.repeat, arguments.threads)
            _table(arguments.pages, {"naive": naive, "Footnote": product})
            if arguments.workers:
                workers.compare(work / "pages.pdf", arguments.pages, work, work / "models")
        except (Failed, RuntimeError) as error:
            sys.exit(f"A measured process {error}")
    ratio = _median([one.total_s for one in naive]) / _median([one.total_s for one in product])
    verdict = "met" if ratio >= TARGET else "MISSED"
    print(f"\nFootnote ingests {ratio:.1f} times as many pages per second (target {TARGET:.0f}: {verdict})")
    sys.exit(0 if ratio >= TARGET else 1)


if __name__ == "__main__":
    main()
