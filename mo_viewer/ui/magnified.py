"""How large words, buttons and lines are, beside what the system says: for screens with small pixels."""

import os
from collections.abc import MutableMapping

from mo_viewer.session.settings import Settings

SETTING = "size_percent"
AS_THE_SYSTEM = 100
PERCENTS = (AS_THE_SYSTEM, 125, 150, 175, 200)
_FACTOR = "QT_SCALE_FACTOR"


def wanted_percent(settings: Settings) -> int:
    """Return the size that was chosen; 100 for anything that cannot be chosen."""
    kept = settings.get(SETTING, AS_THE_SYSTEM)
    return kept if kept in PERCENTS else AS_THE_SYSTEM


def magnify(settings: Settings, environment: MutableMapping[str, str] = os.environ) -> None:
    """Have Qt draw everything in the chosen size; before the application is made, never against the user."""
    percent = wanted_percent(settings)
    if percent != AS_THE_SYSTEM and _FACTOR not in environment:
        environment[_FACTOR] = f"{percent / 100:g}"
