"""The network libraries write names and identifiers into their logs; here they are silenced."""

import logging

_TALKERS = ("pynetdicom", "urllib3", "requests", "keyring", "charset_normalizer")
_NEVER = logging.CRITICAL + 1


def silence() -> None:
    """Keep the network libraries from logging at all; whatever level a test or a plugin had set."""
    known = list(logging.root.manager.loggerDict)
    for talker in _TALKERS:
        for name in (talker, *(name for name in known if name.startswith(f"{talker}."))):
            logging.getLogger(name).setLevel(_NEVER)
