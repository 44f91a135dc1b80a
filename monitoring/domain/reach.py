"""How far back the facts of a stay reach: a signed protocol may ask for no more, or its rule would never come true.

`selectors/facts_statement.py` reads so much of each stay, and the protocol's sections are refused where they need more.
"""

from __future__ import annotations

from datetime import timedelta

# The newest sets, however long ago; and all of the time in which a second reading counts.
SETS = 3
SECOND_READING = timedelta(minutes=15)
# Sets with a tick of vomiting, before the newest set.
VOMITING = timedelta(hours=24)
# Alerts that were closed: closer watching goes on behind one that somebody closed by hand.
CLOSED_ALERTS = timedelta(hours=2)
