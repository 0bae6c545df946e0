"""Passwords and tokens of archives, in the system's keyring and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from mo_viewer.base.faults import Refused
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.node import WebNode
from mo_viewer.pacs.quiet import silence

SERVICE = "mo-viewer"


def keep_secret(node: WebNode, secret: str) -> None:
    """Put the password or token of an archive into the system's keyring.

    Raises
    ------
    Refused
        When the system has no keyring or it stays locked.
    """
    with _keyring_faults():
        import keyring

        keyring.set_password(SERVICE, _account(node), secret)


def forget_secret(node: WebNode) -> None:
    """Remove the password or token of an archive; nothing happens when there is none."""
    with _keyring_faults():
        import keyring

        if keyring.get_password(SERVICE, _account(node)) is not None:
            keyring.delete_password(SERVICE, _account(node))


def secret_of(node: WebNode) -> str:
    """Return the password or token of an archive.

    Raises
    ------
    PeerFault
        When none is kept (``password``).
    Refused
        When the system has no keyring or it stays locked.
    """
    with _keyring_faults():
        import keyring

        secret = keyring.get_password(SERVICE, _account(node))
    if not secret:
        word = "token" if node.auth == "bearer" else "password"
        raise PeerFault(f"No {word} for {node.label} lies in the keyring.", "password", "Enter it in the settings.")
    return secret


def _account(node: WebNode) -> str:
    bare = replace(node, name="", tls=replace(node.tls))
    return f"{bare.auth} {bare.user}@{bare.address}"


@contextmanager
def _keyring_faults() -> Iterator[None]:
    silence()
    from keyring.errors import KeyringError

    try:
        yield
    except KeyringError as error:
        raise Refused(
            "The system's keyring cannot be used, so the password of the archive is not to be had.",
            "Unlock the keyring or set one up.",
            type(error).__name__,
        ) from error
