"""What goes wrong between two machines, each as one sentence without patient text."""

from mo_viewer.base.faults import Refused


class PeerFault(Refused):
    """The peer as a whole cannot be used; nothing was handed over by the call that raised it.

    Parameters
    ----------
    sentence, hint, detail
        As in `Fault`.
    code
        ``closed_port``, ``timeout``, ``unknown_host``, ``unreachable``, ``tls``, ``ae_title``, ``password``,
        ``not_allowed``, ``busy``, ``broken``, ``address``, ``redirect``, ``answer``, ``sop_class`` or ``full_disk``.
    again
        Whether the same may work later without anybody changing anything.
    """

    def __init__(self, sentence: str, code: str, hint: str = "", detail: str = "", again: bool = False) -> None:
        super().__init__(sentence, hint, detail, code)
        self.again = again


def closed_port(where: str) -> PeerFault:
    """Nothing listens there."""
    return PeerFault(
        f"Nothing answers at {where}: the port is closed.",
        "closed_port",
        "Check the port and that it runs.",
        again=True,
    )


def timed_out(where: str, seconds: float) -> PeerFault:
    """No answer came in time."""
    return PeerFault(f"{where} did not answer within {seconds:g} s.", "timeout", again=True)


def unknown_host(where: str) -> PeerFault:
    """No machine has that name."""
    return PeerFault(f"No machine of the name in {where} is known to this network.", "unknown_host", again=True)


def unreachable(where: str, error: OSError) -> PeerFault:
    """The network says no."""
    return PeerFault(f"{where} cannot be reached over the network.", "unreachable", detail=repr(error), again=True)


def untrusted(where: str, error: Exception) -> PeerFault:
    """The peer's certificate is not one that we trust."""
    return PeerFault(
        f"The certificate of {where} is not trusted.", "tls", "Name the file of its certificate authority.", repr(error)
    )


def tls_refused(where: str, error: Exception) -> PeerFault:
    """The two ends found no way to encrypt."""
    return PeerFault(
        f"No encrypted connection (TLS) to {where} came about.",
        "tls",
        "Check that it speaks TLS at this port and knows our certificate.",
        repr(error),
    )


def broken(where: str, encrypted: bool) -> PeerFault:
    """The connection ended without an answer."""
    hint = "It may ask for another certificate." if encrypted else "It may speak only TLS."
    return PeerFault(f"{where} closed the connection without an answer.", "broken", hint, again=True)
