"""Where settings come from: the environment, `*_FILE` secrets, and `.plateau/run.env` of an embedded ward."""

import os
from pathlib import Path

from core.embedded import read_run_env

ROOT = Path(__file__).resolve().parent.parent


class Missing(RuntimeError):
    """A setting that has no safe default is not given."""


def load_run_env() -> None:
    """Let the embedded services of `make run` speak where the environment names no database.

    What the environment says wins; production, which sets DATABASE_URL, never reads the file.
    """
    if "DATABASE_URL" in os.environ or "DATABASE_URL_FILE" in os.environ:
        return
    for name, value in read_run_env(ROOT / ".plateau" / "run.env").items():
        os.environ.setdefault(name, value)


def text(name: str, default: str | None = None) -> str:
    """The setting `name`, or the content of the file that `name`_FILE names (Docker and systemd secrets)."""
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text().strip()
    value = os.environ.get(name, default)
    if value is None:
        raise Missing(f"{name} is not set. Set it (or {name}_FILE) in the environment; `make run` does so by itself.")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """The setting `name` as yes or no: 1, true, yes, on; anything else is no."""
    return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    """The setting `name` as a whole number."""
    return int(os.environ.get(name, default))


def names(name: str, default: str = "") -> list[str]:
    """The setting `name` as a list, parted by commas."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]
