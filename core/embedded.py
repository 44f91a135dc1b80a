"""placeholder replaced by the embedded services"""
from pathlib import Path


def read_run_env(path: Path) -> dict[str, str]:
    """Names and values of a run.env file; nothing where there is none."""
    if not path.exists():
        return {}
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
