"""pytest plugin (`-p tests.clauses`): which tests show which sentence of the regulation.

`docs/clauses.tsv` holds the sentences, a test says `@pytest.mark.clause("3.4.1")`. In every run a mark with an id that
the table does not know is an error before the first test. With `--clauses` the run ends with the sentences one by one,
their tests and results, and names those without a test.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TABLE = Path("docs") / "clauses.tsv"
SLOW = "in make prove"
RESULTS = ("failed", "passed", "skipped", SLOW, "not run")
"""A test, and a sentence, is called by the first of these that is true of any of its parts."""


def read(path: Path) -> dict[str, str]:
    """Id to sentence, in the order of the file. A file that is not such a table raises pytest.UsageError."""
    try:
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    except (OSError, UnicodeDecodeError) as error:
        raise pytest.UsageError(f"The sentences of the regulation cannot be read: {error}.") from None
    for number, row in enumerate(rows, start=2):
        if len(row) != 2 or not all(part.strip() for part in row):
            raise pytest.UsageError(f"{path}:{number}: a line is an id, a tab and a sentence. Mend that line.")
    twice = [name for name, count in Counter(row[0] for row in rows).items() if count > 1]
    if twice:
        raise pytest.UsageError(f"{path}: {', '.join(twice)} stand there twice. Give every sentence an id of its own.")
    return {row[0]: row[1] for row in rows}


def faults(items: Iterable[pytest.Item], table: dict[str, str]) -> Iterator[str]:
    """A sentence about every mark that names no sentence of the table."""
    for item in items:
        for mark in item.iter_markers("clause"):
            ids = mark.args
            if len(ids) != 1 or mark.kwargs or not isinstance(ids[0], str):
                yield f'{item.nodeid}: a mark names one sentence, as in clause("3.4.1"). Write one mark for each.'
            elif ids[0] not in table:
                near = difflib.get_close_matches(ids[0], table, n=3, cutoff=0)
                yield f"{item.nodeid}: clause {ids[0]} is not in {TABLE}. The nearest are {', '.join(near)}."


def worst(results: Iterable[str]) -> str:
    """The one word for several results."""
    return min(results, key=RESULTS.index)


@dataclass(eq=False)
class Report:
    """What was collected and how it ended, by sentence."""

    table: dict[str, str]
    marked: dict[str, set[str]] = field(default_factory=dict)  # id: the tests that bear it, as pytest names them
    results: dict[str, str] = field(default_factory=dict)

    def add(self, item: pytest.Item) -> None:
        """Take in a collected test, before any choice of what runs."""
        for mark in item.iter_markers("clause"):
            self.marked.setdefault(mark.args[0], set()).add(item.nodeid)
            self.results[item.nodeid] = SLOW if item.get_closest_marker("prove") else "not run"

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.nodeid in self.results and (report.when == "call" or report.outcome != "passed"):
            before = self.results[report.nodeid]
            self.results[report.nodeid] = worst([report.outcome, before]) if before == "failed" else report.outcome

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: pytest.ExitCode
    ) -> Iterator[None]:
        """Last of all summaries. After a broken collection there is nothing true to say."""
        yield
        if exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            terminalreporter.section("sentences of the regulation")
            for line in self.lines():
                terminalreporter.write_line(line)

    def lines(self) -> Iterator[str]:
        """Sentence by sentence, and the one line about all."""
        for name, sentence in self.table.items():
            tests = self.marked.get(name, set())
            state = worst(self.results[test] for test in tests) if tests else "NO TEST"
            yield f"{name:<8}{state:<15}{sentence}"
            yield from (f"{'':<8}{line}" for line in self._tests(tests))
        yield ""
        yield from self._sums()

    def _tests(self, tests: Iterable[str]) -> Iterator[str]:
        """A line for each function; parametrised ones are counted."""
        functions: dict[str, list[str]] = {}
        for test in sorted(tests):
            functions.setdefault(test.partition("[")[0], []).append(self.results[test])
        for function, results in functions.items():
            times = f" × {len(results)}" if len(results) > 1 else ""
            yield f"{worst(results):<15}{function}{times}"

    def _sums(self) -> Iterator[str]:
        missing = [name for name in self.table if name not in self.marked]
        states = {name: worst(self.results[test] for test in tests) for name, tests in self.marked.items()}
        for state in ("failed", "skipped", "not run", SLOW):
            names = [name for name in self.table if states.get(name) == state]
            if names:
                yield f"{state}: {', '.join(names)}"
        counts = f"{len(self.table)} sentences, {len(self.marked)} shown by {len(self.results)} tests"
        yield f"{counts}, {len(missing)} without a test{': ' if missing else ''}{', '.join(missing)}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--clauses", action="store_true", help="end with the sentences of the regulation and their tests")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before -m and -k choose: the report knows also what this run leaves out."""
    marked = [item for item in items if item.get_closest_marker("clause")]
    if not (marked or config.option.clauses):
        return
    table = read(config.rootpath / TABLE)
    found = list(faults(marked, table))
    if found:
        raise pytest.UsageError("\n".join(found))
    if config.option.clauses:
        report = Report(table)
        for item in marked:
            report.add(item)
        config.pluginmanager.register(report, "clauses-report")
