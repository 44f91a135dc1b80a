"""The Procfile: which processes Plateau consists of. The same lines for `make run` and for a container.

`python -m core.procfile web` becomes the process of that name: what a container runs is what a developer runs.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from core.places import PROJECT

PROCFILE = PROJECT / "Procfile"
_LINE = re.compile(r"^([a-z][a-z0-9_-]*):\s*(\S.*)$")


def read_procfile(path: Path = PROCFILE) -> dict[str, str]:
    """Name and shell command of every process, in the file's order."""
    commands: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"{path.name}, line {number}: expected `name: command`, found {line!r}.")
        commands[match[1]] = match[2]
    return commands


def shell_argv(command: str) -> list[str]:
    """The shell reads the variables and gives way to the program: signals then reach the program itself."""
    return ["/bin/sh", "-c", f"exec {command}"]


def with_own_interpreter(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which `python` is the interpreter that runs us, whatever the shell's PATH says."""
    own = os.path.dirname(sys.executable)
    return {**environ, "PATH": f"{own}{os.pathsep}{environ.get('PATH', os.defpath)}"}


def environment_of(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the process `name`; the database shows the name beside its connections."""
    return {**with_own_interpreter(environ), "PLATEAU_PROCESS": name}


def main(arguments: list[str]) -> int:
    """Become the named process."""
    commands = read_procfile()
    name = arguments[0] if len(arguments) == 1 else ""
    if name in commands:
        argv = shell_argv(commands[name])
        os.chdir(PROJECT)
        os.execve(argv[0], argv, environment_of(name, os.environ))
    sys.stderr.write(f"usage: python -m core.procfile {'|'.join(commands)}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
