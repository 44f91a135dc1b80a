"""The hazard log names tests as its evidence; they exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "docs" / "safety" / "hazard-log.md"
REFERENCE = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_hazard_names_evidence_that_exists():
    rows = [line for line in LOG.read_text().splitlines() if re.match(r"\| H\d+ ", line)]
    assert len(rows) > 10
    for row in rows:
        references = REFERENCE.findall(row)
        assert references, f"no evidence: {row[:60]}"
        for path, name in references:
            assert (ROOT / path).exists(), f"{path} is gone: {row[:60]}"
            tree = ast.parse((ROOT / path).read_text())
            names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
            assert name in names, f"{path} has no {name}"


def test_hazards_are_numbered_in_order():
    numbers = [int(number) for number in re.findall(r"^\| H(\d+) ", LOG.read_text(), re.M)]
    assert numbers == list(range(1, len(numbers) + 1))
