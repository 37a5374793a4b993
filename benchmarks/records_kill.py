"""kill -9 while measurements are saved, 200 times at random moments: no torn record, no lost committed one.

    python benchmarks/records_kill.py [--times 200] [--url postgresql://...]

Without ``--url`` SQLite in a temporary folder; the database of a URL must be empty.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "records"))

from killing import kill_while_saving


def main() -> None:
    """Run it and print a line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--url", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        committed, found = kill_while_saving(Path(folder), args.url, args.times, seed=int(time.time()))
        seconds = time.perf_counter() - started
    print(
        f"{'PostgreSQL' if args.url else 'SQLite'}: killed {args.times} times in {seconds:.0f} s; "
        f"{committed} reported as committed, {found} found, all complete, none lost"
    )


if __name__ == "__main__":
    main()
