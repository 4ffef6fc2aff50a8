"""Measures one size: each line beside its yardstick, in turns, so that a noisy minute hits both."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench import yard_row
from tests.bench.figures import Series, ratios
from tests.bench.lines import Line, enter_yardstick, make_lines, sign_in
from tests.bench.load import AT_ONCE, Clients, Web, exchange, get
from tests.bench.machine import cpu_seconds
from tests.bench.servers import Servers

_BRACKETS = "^(begin|commit|rollback|savepoint|release)"
_KEY_CHECKS = "^SELECT . FROM ONLY .* FOR KEY SHARE OF x$"
"""What PostgreSQL asks itself when a transaction with foreign keys ends: nobody has sent these."""
_COUNTED = 4  # requests whose statements are counted


@dataclass(frozen=True)
class Effort:
    """How often each thing is done: requests one at a time, in so many blocks; seconds of each of the bursts."""

    requests: int = 120
    blocks: int = 4
    bursts: int = 2
    burst_seconds: float = 1.5


QUICK = Effort(requests=24, blocks=2, bursts=1, burst_seconds=0.6)


@dataclass(frozen=True)
class Target:
    """Work for the clients, one for each of the eight. `pid` is the web server's; None where the client works."""

    works: Sequence[Any]
    pid: int | None


class Measuring:
    """One size. `measure` gives the record of bench.json."""

    def __init__(self, servers: Servers, clients: Clients, database: str, effort: Effort, say: Callable[[str], None]):
        self._servers, self._clients, self._database = servers, clients, database
        self._effort, self._say = effort, say

    def measure(self) -> dict[str, Any]:
        yard_row.make_tables(self._servers.database_url(self._database))
        desk, port = self._servers.web("helpdesk.wsgi", self._database)
        yard, yard_port = self._servers.web(
            "tests.bench.yardstick.wsgi", self._database, DJANGO_SETTINGS_MODULE="tests.bench.yardstick.settings"
        )
        try:
            people = sign_in(self._servers, self._database, port)
            rows = [get("/rows/", cookie) for cookie in enter_yardstick(yard_port)]
            yardsticks = {
                "hello": Target([Web(yard_port, [get("/hello/", "")])] * AT_ONCE, yard.pid),
                "list": Target([Web(yard_port, [shot]) for shot in rows], yard.pid),
                "row": Target([yard_row.Row(self._servers.database_url(self._database), _BODY)] * AT_ONCE, None),
            }
            record = {"lines": {}, "yardsticks": self._yardsticks(yardsticks)}
            for line in make_lines(self._servers, self._database, people):
                target = Target([Web(port, shots) for shots in line.shots], desk.pid)
                record["lines"][line.name] = self._line(line, target, yardsticks[line.yardstick])
        finally:
            self._servers.end(desk)
            self._servers.end(yard)
        return record

    def _yardsticks(self, targets: dict[str, Target]) -> dict[str, Any]:
        """Each for itself; Y-list also says how many statements it is."""
        found = {}
        for name, target in targets.items():
            self._warm(target)
            found[name] = self._in_turns([target])[0].record()
            self._say(f"Y-{name}: {found[name]['p50_ms']} ms")
        found["list"]["sql"], found["list"]["sql_brackets"] = self._statements(targets["list"])
        found["row"]["sql"], found["row"]["sql_brackets"] = self._statements(targets["row"])
        return found

    def _line(self, line: Line, target: Target, yardstick: Target) -> dict[str, Any]:
        self._warm(target)
        self._warm(yardstick)
        mine, yards = (series.record() for series in self._in_turns([target, yardstick]))
        sql, brackets = self._statements(target)
        shot = line.shots[0][0]
        size = len(exchange(target.works[0].port, shot.request)) if shot.status == 200 else 0
        record = {**mine, **ratios(mine, yards), "yardstick": line.yardstick, "yardstick_p50_ms": yards["p50_ms"],
                  "sql": sql, "sql_brackets": brackets, "bytes": size}  # fmt: skip
        self._say(f"{line.name}: {record['p50_ms']} ms, {record['ratio']} × Y-{line.yardstick}, {sql} SQL")
        return record

    def _warm(self, target: Target) -> None:
        """Every thread of the web server has its connection and its templates."""
        self._clients.at_once(target.works, 0.4)

    def _in_turns(self, targets: Sequence[Target]) -> list[Series]:
        effort, found = self._effort, [Series() for _ in targets]
        share = effort.requests // effort.blocks
        for block in range(effort.blocks):
            for target, series in zip(targets, found, strict=True):
                self._one_at_a_time(target, series, block * share, share)
        for _ in range(effort.bursts):
            for target, series in zip(targets, found, strict=True):
                self._at_once(target, series)
        return found

    def _one_at_a_time(self, target: Target, series: Series, first: int, count: int) -> None:
        app, db = self._cpu(target)
        times, client = self._clients.one_at_a_time(target.works[first % AT_ONCE], first, count)
        app_after, db_after = self._cpu(target)
        series.times += times
        series.cpu_app += app_after - app if target.pid else client
        series.cpu_db += db_after - db

    def _at_once(self, target: Target, series: Series) -> None:
        app, db = self._cpu(target)
        began = time.monotonic()
        times, client = self._clients.at_once(target.works, self._effort.burst_seconds)
        app_after, db_after = self._cpu(target)
        series.times_8 += times
        series.seconds_8 += min(time.monotonic() - began, self._effort.burst_seconds + max(times, default=0.0))
        series.cpu_8 += (app_after - app if target.pid else client) + db_after - db

    def _cpu(self, target: Target) -> tuple[float, float]:
        return cpu_seconds(target.pid) if target.pid else 0.0, cpu_seconds(self._servers.services.postgres.pid or 0)

    def _statements(self, target: Target) -> tuple[float, float]:
        """Statements of one request as PostgreSQL counts them, and how many of them only open and end transactions."""
        ask = self._servers.ask
        ask("ALTER SYSTEM SET pg_stat_statements.track = 'top'")
        ask("SELECT pg_reload_conf()")
        time.sleep(0.3)
        self._clients.one_at_a_time(target.works[0], 0, 1)
        ask("SELECT pg_stat_statements_reset()", database="postgres")
        self._clients.one_at_a_time(target.works[0], 0, _COUNTED)
        counted = ask(
            "SELECT sum(calls), coalesce(sum(calls) FILTER (WHERE query ~* %s), 0) FROM pg_stat_statements"
            " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s) AND query !~ %s",
            _BRACKETS,
            self._database,
            _KEY_CHECKS,
            database="postgres",
        )
        ask("ALTER SYSTEM SET pg_stat_statements.track = 'none'")
        ask("SELECT pg_reload_conf()")
        every, brackets = (round(float(one or 0) / _COUNTED, 1) for one in counted[0])
        return every, brackets


_BODY = "С утра на карте нет трёх машин, хотя водители уже вышли на линию. Питание проверили, оно приходит. " * 4
