"""`make mutate`: breaks the arithmetic of deadlines in hundreds of ways, and counts how many its tests notice.

What is broken and by which tests it is judged stands in pyproject.toml, [tool.mutmut]; docs/mutants.md says of those
that survive why they may. What was judged once is kept in mutants/ until its code or a test changes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATS = ROOT / "mutants" / "mutmut-cicd-stats.json"
LEAST = 0.9
"""Share of the mutants that the tests must notice."""
NOTICED = ("killed", "timeout", "segfault")


def main() -> int:
    """0 when enough were noticed."""
    os.nice(10)
    _mutmut("run", *sys.argv[1:])
    _mutmut("export-cicd-stats")
    _mutmut("results")
    counts = json.loads(STATS.read_text(encoding="utf-8"))
    noticed, total = sum(counts[name] for name in NOTICED), counts["total"]
    share = noticed / total
    print(f"{noticed} of {total} mutants were noticed: {share:.1%}, wanted are {LEAST:.0%}.")
    return 0 if share >= LEAST else 1


def _mutmut(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "mutmut", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
