"""`make bench`: bring up what is needed, measure, print. `python -m bench recording` measures only that."""

from __future__ import annotations

import os
import platform
import sys

from bench.place import place

MEASURES = ("sweeping", "recording", "reading", "acts")


def main(wanted: list[str]) -> int:
    """Measure what is asked for, else everything."""
    unknown = [name for name in wanted if name not in MEASURES]
    if unknown:
        print(f"There is no measure {', '.join(unknown)}. There are {', '.join(MEASURES)}.", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
    with place() as here:
        from bench import acts, bare, reading, recording, sweeping
        from bench.ward import open_hospital

        with here.superuser() as connection:
            connection.execute(bare.TABLE)
        hospital = open_hospital(here)
        for name, measure in zip(MEASURES, (sweeping, recording, reading, acts), strict=True):
            if not wanted or name in wanted:
                # As if each were alone: what the one before has filled is known to the planner.
                hospital.analyze()
                measure.measure(hospital)
    print(f"load {os.getloadavg()[0]:.1f} at the end")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
