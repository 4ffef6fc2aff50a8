"""`make bench`, `python -m tests.bench`: see docs/bench.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpdesk.local_services import LocalServiceError
from tests.bench import footprint, letters_out
from tests.bench.comparing import changes
from tests.bench.goals import growth, verdicts
from tests.bench.load import Clients, Refused
from tests.bench.measuring import QUICK, Effort, Measuring
from tests.bench.servers import BenchError, Servers
from tests.bench.table import report

FORMAT = 1
SIZES = (10_000, 100_000)
MILLION = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write. 0 also where a goal is missed: figures are the result; 1 where it could not measure."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = _options(arguments)
    try:
        before = json.loads(options.compare.read_text()) if options.compare else None
        if before is not None and before.get("format") != FORMAT:
            raise BenchError(f"{options.compare} has format {before.get('format')}: expected {FORMAT}, make it anew.")
        run = _run(options.sizes, QUICK if options.quick else Effort())
    except (BenchError, LocalServiceError, Refused, OSError, ValueError, AssertionError) as error:
        print(f"The bench cannot go on: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 130
    judged = verdicts(run)
    run["goals"] = [vars(verdict) for verdict in judged]
    print(report(run, judged, changes(before, run) if before else []))
    options.out.write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"Written to {options.out}.")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measures a filled scratch desk.")
    sizes = os.environ.get("SIZES") or ",".join(map(str, SIZES))
    parser.add_argument("--sizes", default=sizes, help="numbers of requests, divided by commas (SIZES)")
    parser.add_argument("--million", action="store_true", help="a size of 1,000,000 as well")
    parser.add_argument("--quick", action="store_true", help="a fifth of the requests: a draft, not figures")
    parser.add_argument("--out", type=Path, default=Path("bench.json"), help="where the figures are written")
    parser.add_argument("--compare", type=Path, help="a file of an earlier run")
    options = parser.parse_args(arguments)
    named = [word.strip().replace("_", "") for word in options.sizes.split(",") if word.strip()]
    if not named or not all(word.isdecimal() and 1000 <= int(word) <= 10_000_000 for word in named):
        parser.error(f"sizes are {options.sizes!r}: expected numbers from 1000 to 10000000, for example 10000,100000")
    options.sizes = sorted({*map(int, named), *([MILLION] if options.million else [])})
    return options


def _run(sizes: Sequence[int], effort: Effort) -> dict[str, Any]:
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {words}", flush=True)

    run: dict[str, Any] = {
        "format": FORMAT,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "sizes": {},
    }
    with Servers() as servers, Clients() as clients:
        fillings = {size: _fill(servers, size, say) for size in sizes}
        servers.ready_to_measure()
        run["machine"]["postgres"] = servers.ask("SHOW server_version")[0][0]
        for size in sizes:
            say(f"Measuring {size:,} requests")
            measured = Measuring(servers, clients, _database(size), effort, say).measure()
            measured["letters_out"] = letters_out.measure(servers, _database(size))
            say(f"letters out: {measured['letters_out']['per_s']}/s")
            run["sizes"][str(size)] = {"filling": fillings[size], **measured}
        run["deadline"] = json.loads(servers.run("-m", "tests.bench.deadline_time", database=_database(sizes[0])))
        servers.services.postgres.stop()
        run["footprint"] = footprint.measure(servers.folder / "desk")
    run["growth"] = growth(run)
    run["seconds"] = round(time.monotonic() - began)
    return run


def _fill(servers: Servers, size: int, say: Any) -> dict[str, Any]:
    database = _database(size)
    servers.make_database(database)
    told: dict[str, Any] = json.loads(
        servers.run("-m", "tests.bench.filling", "--tickets", str(size), database=database)
    )
    told["open"] = servers.ask("SELECT count(*) FROM tickets_ticket WHERE status NOT IN ('resolved', 'closed')",
                               database=database)[0][0]  # fmt: skip
    told["mib"] = servers.ask("SELECT pg_database_size(current_database()) / 1048576.0", database=database)[0][0]
    told["mib"] = round(float(told["mib"]), 1)
    say(f"Filled with {size:,} requests in {told['fill_seconds']:.0f} s, and checked")
    return told


def _database(size: int) -> str:
    return f"app_{size}"


if __name__ == "__main__":
    sys.exit(main())
