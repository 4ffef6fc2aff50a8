"""The report from a sentence of the regulation to the tests that show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import clauses

pytest_plugins = ["pytester"]

TABLE = """id\tsentence
1.1\tThe cabinet is on the site
1.2\tThe history is kept
2.1\tErrors are registered
3.1\tLetters are taken
3.2\tCalls are taken
"""
SUITE = """
import pytest

@pytest.mark.clause("1.1")
@pytest.mark.parametrize("word", ["а", "б", "в"])
def test_the_cabinet_opens(word):
    pass

@pytest.mark.clause("1.1")
@pytest.mark.clause("1.2")
def test_the_history_is_there():
    pass

class TestLetters:
    @pytest.mark.clause("3.1")
    def test_a_letter_comes_in(self):
        pytest.skip("no mail here")

@pytest.mark.prove
@pytest.mark.clause("3.2")
def test_ten_thousand_calls():
    raise AssertionError("slow")

def test_of_nothing_in_particular():
    pass
"""
OPTIONS = ["-p", "tests.clauses", "-p", "no:cacheprovider", "-q"]
REPORT = [*OPTIONS, "--clauses", "-m", "clause and not prove"]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A small project with a table of its own; without the plugins of this one, which take long to import."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\nmarkers =\n  clause(id): sentence\n  prove: slow")
    (pytester.mkdir("docs") / "clauses.tsv").write_text(TABLE, encoding="utf-8")
    return pytester


def test_the_report_goes_sentence_by_sentence_and_names_what_nobody_shows(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_all=SUITE)
    ran = suite.runpytest_inprocess(*REPORT)
    assert ran.ret == pytest.ExitCode.OK
    ran.stdout.fnmatch_lines(
        [
            "1.1     passed         The cabinet is on the site",
            "        passed         test_all.py::test_the_cabinet_opens × 3",
            "        passed         test_all.py::test_the_history_is_there",
            "1.2     passed         The history is kept",
            "        passed         test_all.py::test_the_history_is_there",
            "2.1     NO TEST        Errors are registered",
            "3.1     skipped        Letters are taken",
            "        skipped        test_all.py::TestLetters::test_a_letter_comes_in",
            "3.2     in make prove  Calls are taken",
            "        in make prove  test_all.py::test_ten_thousand_calls",
            "skipped: 3.1",
            "in make prove: 3.2",
            "5 sentences, 4 shown by 6 tests, 1 without a test: 2.1",
        ],
        consecutive=False,
    )
    ran.assert_outcomes(passed=4, skipped=1, deselected=2)


def test_one_failed_case_fails_its_sentence_and_the_run(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_all=SUITE.replace("    pass\n", '    assert word != "б"\n', 1))
    ran = suite.runpytest_inprocess(*REPORT)
    assert ran.ret == pytest.ExitCode.TESTS_FAILED
    ran.stdout.fnmatch_lines(
        [
            "1.1     failed         The cabinet is on the site",
            "        failed         test_all.py::test_the_cabinet_opens × 3",
            "        passed         test_all.py::test_the_history_is_there",
            "failed: 1.1",
        ]
    )


def test_folders_with_a_conftest_of_their_own_are_reported_too(suite: pytest.Pytester) -> None:
    """There pytest asks of each plugin whether it is one of the conftests left out: it must have a hash."""
    for folder in ("calls", "letters"):
        (suite.mkdir(folder) / "conftest.py").write_text("", encoding="utf-8")
        test = 'import pytest\n\n@pytest.mark.clause("1.1")\ndef test_it():\n    pass\n'
        (suite.path / folder / f"test_{folder}.py").write_text(test, encoding="utf-8")
    ran = suite.runpytest_inprocess(*REPORT)
    assert ran.ret == pytest.ExitCode.OK
    ran.stdout.fnmatch_lines(["1.1     passed *", "5 sentences, 1 shown by 2 tests, *"])


def test_a_test_whose_tidying_breaks_does_not_count_as_passed(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.fixture
        def thing():
            yield
            raise OSError("cannot tidy up")

        @pytest.mark.clause("1.1")
        def test_all_is_well(thing):
            pass
    """)
    ran = suite.runpytest_inprocess(*REPORT)
    assert ran.ret == pytest.ExitCode.TESTS_FAILED
    ran.stdout.fnmatch_lines(["1.1     failed *", "failed: 1.1"])


def test_a_mark_that_names_no_sentence_stops_every_run(suite: pytest.Pytester) -> None:
    marks = ('clause("3.3")', 'clause("1.1", "1.2")', "clause()", "clause(3.1)")
    tests = [f"@pytest.mark.{mark}\ndef test_{number}():\n    pass" for number, mark in enumerate(marks)]
    suite.makepyfile(test_all="\n".join(["import pytest", *tests]))
    ran = suite.runpytest_inprocess(*OPTIONS)  # without --clauses: as in `make test`
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    ran.stderr.fnmatch_lines(
        [
            "*::test_0: clause 3.3 is not in docs/clauses.tsv. The nearest are 3.2, 3.1, *",
            '*::test_1: a mark names one sentence, as in clause("3.4.1"). *',
            "*::test_2: a mark names one sentence*",
            "*::test_3: a mark names one sentence*",
        ]
    )


def test_without_the_option_nothing_is_said(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_all=SUITE)
    ran = suite.runpytest_inprocess(*OPTIONS, "-m", "not prove")
    assert ran.ret == pytest.ExitCode.OK
    assert "sentence" not in ran.stdout.str()


def test_after_a_broken_collection_no_sentence_is_judged(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_all=SUITE, test_broken="import nothing_of_the_kind")
    ran = suite.runpytest_inprocess(*REPORT)
    assert ran.ret == pytest.ExitCode.INTERRUPTED
    assert "without a test" not in ran.stdout.str()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("id\tsentence\n1.1\tOne\n1.1\tTwo\n", "1.1 stand there twice"),
        ("id\tsentence\n1.1 One\n", ":2: a line is an id, a tab and a sentence"),
        ("id\tsentence\n1.1\t \n", ":2: a line is an id, a tab and a sentence"),
        (None, "The sentences of the regulation cannot be read"),
    ],
)
def test_a_table_that_is_none_is_refused_in_words(tmp_path: Path, table: str | None, words: str) -> None:
    path = tmp_path / "clauses.tsv"
    if table is not None:
        path.write_text(table)
    with pytest.raises(pytest.UsageError) as refusal:
        clauses.read(path)
    assert words in str(refusal.value)
