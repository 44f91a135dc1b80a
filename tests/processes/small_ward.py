"""A ward without Plateau: the real supervisor over a real PostgreSQL and Redis and two tiny processes.

`python -m tests.processes.small_ward NAME`, in a directory of that name inside this test run's.
"""

from __future__ import annotations

import os
import sys

from core.embedded import installation, start
from core.places import PROJECT, places_below
from core.procfile import shell_argv
from core.supervise import Supervisor, say
from tests.embedded import this_run

PROCESSES = {
    "ticker": "sh -c 'while :; do echo tick; sleep 0.2; done'",
    "family": "sh -c 'sleep 1000 & wait'",
}


def main(name: str) -> int:
    """Run until SIGINT or SIGTERM."""
    places = places_below(this_run().places, name)
    supervisor = Supervisor(places.home / "pids", say)
    supervisor.end_leftovers()
    running = start(installation(places))
    try:
        for service, child in running.children:
            supervisor.adopt(service, child)
        for process, command in PROCESSES.items():
            supervisor.add(process, shell_argv(command), os.environ, PROJECT)
        say("ward", "up")
        while not supervisor.stop_requested:
            supervisor.tick()
    finally:
        supervisor.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
