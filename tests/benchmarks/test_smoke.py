"""The benchmark itself works from fill to tables, on 3,000 messages and a few filters."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FEW = "^(none|status=failed|text, 15 %)$"
QUICK = ["--rows", "3000", "--small", "1000", "--repeats", "1", "--requests", "2", "--import-rows", "300"]


@pytest.fixture
def ran(tmp_path: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    var = tmp_path / "var"
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks",
        *QUICK,
        "--only",
        FEW,
        "--var",
        str(var),
        "--out",
        str(tmp_path / "table.md"),
    ]
    return var, subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.slow
def test_the_benchmark_fills_measures_and_leaves_nothing(
    ran: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    var, done = ran
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "table.md").read_text()
    assert table.strip() == done.stdout.strip()
    assert "shows other rows" not in table
    for words in ("| status=failed | first |", "| text, 15 % | last |", "`manage.py import_csv`", "| message_list |"):
        assert words in table
    assert not var.exists()
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(var) in " ".join(p.info["cmdline"] or [])]
