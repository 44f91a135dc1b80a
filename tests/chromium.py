"""The browser of the browser tests: the system's own Chromium, installed where we may.

`python -m tests.chromium` runs before the tests. As root on a Debian it installs what is missing; else it says what to
do, and the browser tests are counted as skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING = (
    "No Chromium found, so browser tests are skipped. Install it (Debian: `sudo apt-get install chromium`) "
    "or name one: PLATEAU_CHROMIUM=/path/to/chromium make test"
)
# Root cannot use Chromium's sandbox; the rest keeps it from talking to anybody but the ward.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)


def find_chromium() -> str | None:
    """The path of a Chromium; the environment's choice first. None where there is none."""
    chosen = os.environ.get("PLATEAU_CHROMIUM")
    return shutil.which(chosen) if chosen else next(filter(None, map(shutil.which, NAMES)), None)


def install_chromium() -> bool:
    """Install Debian's Chromium where we are root and may; whether it is there now."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "chromium"]):
            if subprocess.run(["apt-get", *command], env=environ, stdout=subprocess.DEVNULL, check=False).returncode:
                break
    return find_chromium() is not None


def main() -> int:
    """Find or install; a machine without a browser still runs every other test."""
    if find_chromium() is None and not install_chromium():
        sys.stdout.write(f"{MISSING}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
