"""The seed protocol as the tests of pure rules use it: the numbers that a ward would start with."""

import json
from pathlib import Path

import infusion
from infusion.domain.protocol import ProtocolContent
from monitoring.domain.rules import WatchRules
from monitoring.domain.schedule import Schedule
from monitoring.domain.thresholds import Thresholds

SEED_FILE = Path(infusion.__file__).parent / "seed" / "ketamine_headache_v3.json"


def content():
    """A fresh copy, so that a test may spoil it."""
    return json.loads(SEED_FILE.read_text(encoding="utf-8"))


THRESHOLDS = Thresholds.from_content(content())
SCHEDULE = Schedule.from_content(content())
RULES = WatchRules.from_content(content())
DOSING = ProtocolContent.from_content(content())
