"""What only this user's store knows: aliases made with it stay the same from one time to the next."""

import secrets

from mo_viewer.session.store import Store

_NAME = "alias secret"


def alias_secret(store: Store) -> bytes:
    """Return the secret of a store, made at the first call.

    Raises
    ------
    Unwritable
        When the store does not take it.
    """
    with store.work() as db:
        db.execute("INSERT OR IGNORE INTO about VALUES (?, ?)", (_NAME, secrets.token_hex(32)))
        return bytes.fromhex(db.execute("SELECT value FROM about WHERE key = ?", (_NAME,)).fetchone()[0])
