"""One association: opened, watched while it is silent, ended; what goes wrong comes out as one sentence."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar

from mo_viewer.base.faults import Misuse
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs import faults
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.node import DicomNode, Tls
from mo_viewer.pacs.quiet import silence

if TYPE_CHECKING:
    from pynetdicom import AE
    from pynetdicom.association import Association

T = TypeVar("T")
Kind = tuple[str, str]
MOST_CONTEXTS = 128
_CONNECT_S = 10.0
_PDU_BYTES = 1 << 17
_LOOK_S = 0.05
_END_S = 3.0
_REJECTED = {
    (1, 3): ("The archive does not know our AE title {own}.", "ae_title", "Its administrator must enter it.", False),
    (1, 7): ("The archive has another AE title than {title}.", "ae_title", "Correct it in the settings.", False),
    (3, 1): ("The archive is busy and takes no connection now.", "busy", "", True),
    (3, 2): ("The archive has as many connections as it allows.", "busy", "", True),
}


class Line:
    """An association with a peer.

    Parameters
    ----------
    node
        The peer.
    kinds
        Pairs of SOP class and transfer syntax, each proposed on its own so that each gets its own answer.
    ticket
        Watched while we wait: a cancelled ticket cuts the line at once.
    listeners
        Handlers for what the peer asks of us: (event, function).
    roles
        SOP classes in which we receive (C-GET).

    Raises
    ------
    PeerFault
        When no association comes about. One in which the peer takes none of our kinds is no fault: `takes` then
        says no to each.
    Cancelled
        When the ticket was cancelled meanwhile.
    """

    def __init__(
        self,
        node: DicomNode,
        kinds: Iterable[Kind],
        ticket: Ticket,
        listeners: Iterable[tuple[Any, Callable[..., Any]]] = (),
        roles: Iterable[str] = (),
    ) -> None:
        silence()
        self.node = node
        self._ticket = ticket
        self._socket: socket.socket | None = None
        self._seen = time.monotonic()
        self._association: Association | None = None
        self._cut = threading.Event()
        self._silent = False
        self._threads = ThreadPoolExecutor(2, "pacs")
        self._tls = None if node.tls is None else (tls_context(node.tls), node.host)
        try:
            self._open(dict.fromkeys(kinds), list(listeners), list(dict.fromkeys(roles)))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def association(self) -> "Association":
        """The association, for the one who asks something of the peer inside `wait_for`."""
        if self._association is None:
            raise faults.broken(self.node.label, self._tls is not None)
        return self._association

    @property
    def is_open(self) -> bool:
        """Whether something can still be asked."""
        return self._association is not None and self._association.is_established and not self._cut.is_set()

    @property
    def timed_out(self) -> bool:
        """Whether the line was cut because the peer was silent for too long."""
        return self._silent

    def takes(self, kind: Kind) -> bool:
        """Whether the peer accepted a SOP class in a transfer syntax."""
        return any(kind == (str(c.abstract_syntax), str(c.transfer_syntax[0])) for c in self._contexts(True))

    def offers(self, sop_class: str) -> bool:
        """Whether the peer accepted a SOP class in any transfer syntax, and the line is open."""
        return self.is_open and any(sop_class == str(c.abstract_syntax) for c in self._contexts(True))

    def knows(self, sop_class: str) -> bool:
        """Whether the peer knows a SOP class at all, if perhaps not in the transfer syntax that was proposed."""
        return any(
            str(c.abstract_syntax) == sop_class and (accepted or c.result == 0x04)
            for accepted in (True, False)
            for c in self._contexts(accepted)
        )

    def touch(self, _event: object = None) -> None:
        """Note that the line is alive."""
        self._seen = time.monotonic()

    def wait_for(self, act: Callable[[], T]) -> T:
        """Do something that waits for the peer; cut the line when the user stops it or the peer falls silent.

        After a cut `act` comes back on its own, for the association is gone.

        Raises
        ------
        Cancelled
            When the ticket was cancelled.
        """
        self.touch()
        answer = self._threads.submit(act)
        while not wait([answer], _LOOK_S).done:
            self._silent = time.monotonic() - self._seen > self.node.timeout_s
            if self._ticket.cancelled or self._silent:
                self.cut()
                wait([answer], _END_S)
                break
        self._ticket.check()
        if not answer.done():
            raise faults.timed_out(self.node.label, self.node.timeout_s)
        return answer.result()

    def cut(self) -> None:
        """End the connection without a word."""
        self._cut.set()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Say goodbye and end; never longer than a moment."""
        association, self._association = self._association, None
        if association is not None:
            if association.is_established and not self._cut.is_set():
                wait([self._threads.submit(association.release)], _END_S)
            if not association.is_released:
                self.cut()
                wait([self._threads.submit(association.kill)], _END_S)  # a paused association ends no other way
            if association.is_alive():
                association.join(_END_S)
        self._threads.shutdown(wait=False)

    def _contexts(self, accepted: bool) -> list[Any]:
        if self._association is None:
            return []
        return list(self._association.accepted_contexts if accepted else self._association.rejected_contexts)

    def _open(self, kinds: dict[Kind, None], listeners: list[Any], roles: list[str]) -> None:
        from pynetdicom import build_context, build_role, evt

        entity = entity_of(self.node)
        contexts = [build_context(*kind) for kind in kinds]
        listeners += [
            (evt.EVT_CONN_OPEN, self._opened),
            (evt.EVT_DATA_SENT, self.touch),
            (evt.EVT_DATA_RECV, self.touch),
        ]

        def associate() -> "Association":
            return entity.associate(
                self.node.host,
                self.node.port,
                contexts,
                ae_title=self.node.ae_title,
                max_pdu=_PDU_BYTES,
                ext_neg=[build_role(role, scp_role=True) for role in roles],
                tls_args=self._tls,
                evt_handlers=listeners,
            )

        try:
            association = self.wait_for(associate)
        except socket.gaierror as error:
            raise faults.unknown_host(self.node.label) from error
        self._association = association
        if not association.is_established and not association.rejected_contexts:
            fault = self._why(association)
            self._association = None
            raise fault

    def _opened(self, event: Any) -> None:
        """Keep the socket, so that a silent peer can be cut off.

        Commands and data go out in separate small writes; without TCP_NODELAY each instance waits 40 ms for nothing.
        """
        opened: socket.socket = event.assoc.dul.socket.socket
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = opened
        self.touch()

    def _why(self, association: "Association") -> PeerFault:
        where = self.node.label
        if association.is_rejected:
            said: Any = association.acceptor.primitive
            words = _REJECTED.get((int(said.result_source), int(said.diagnostic)))
            if words is None:
                again = int(said.result) == 2
                hint = f"It may not know our AE title {self.node.own_ae_title}."
                return PeerFault(
                    "The archive refused the connection without a reason.", "not_allowed", hint, again=again
                )
            sentence = words[0].format(own=self.node.own_ae_title, title=self.node.ae_title)
            return PeerFault(sentence, words[1], words[2], again=words[3])
        if self._socket is None:
            fault = _probe(self.node, self._tls)
            if fault is not None:
                return fault
        if self.timed_out:
            return faults.timed_out(where, self.node.timeout_s)
        return faults.broken(where, self._tls is not None)


def entity_of(node: DicomNode) -> "AE":
    """Return ourselves as an application entity, with time limits that suit the peer."""
    silence()
    from pynetdicom import AE, _config

    _config.STORE_SEND_CHUNKED_DATASET = True  # files go out byte by byte as they are, never decoded
    _config.LOG_HANDLER_LEVEL = "none"
    _config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False
    entity = AE(ae_title=node.own_ae_title)
    entity.connection_timeout = min(_CONNECT_S, node.timeout_s)
    entity.acse_timeout = node.timeout_s + 0.2
    entity.dimse_timeout = entity.network_timeout = None  # `Line` watches the silence itself
    entity.maximum_pdu_size = _PDU_BYTES
    return entity


def tls_context(tls: Tls, ours: bool = False) -> ssl.SSLContext:
    """Return the rules of encryption; `ours`: where a peer calls us, and must show who it is.

    Raises
    ------
    Misuse
        When a certificate file cannot be used.
    """
    purpose = ssl.Purpose.CLIENT_AUTH if ours else ssl.Purpose.SERVER_AUTH
    try:
        context = ssl.create_default_context(purpose, cafile=tls.ca_file or None)
        if ours:
            context.verify_mode = ssl.CERT_REQUIRED
        if tls.certificate_file:
            context.load_cert_chain(tls.certificate_file, tls.key_file or None)
    except (OSError, ssl.SSLError) as error:
        raise Misuse("A certificate file of the archive's settings cannot be used.", detail=repr(error)) from error
    return context


def _probe(node: DicomNode, tls: tuple[ssl.SSLContext, str] | None) -> PeerFault | None:
    """Connect once more, to learn why it failed; None when it works this time."""
    try:
        with socket.create_connection((node.host, node.port), min(_CONNECT_S, node.timeout_s)) as plain:
            if tls is not None:
                tls[0].wrap_socket(plain, server_hostname=tls[1]).close()
    except ssl.SSLCertVerificationError as error:
        return faults.untrusted(node.label, error)
    except ssl.SSLError as error:
        return faults.tls_refused(node.label, error)
    except socket.gaierror:
        return faults.unknown_host(node.label)
    except ConnectionRefusedError:
        return faults.closed_port(node.label)
    except TimeoutError:
        return faults.timed_out(node.label, min(_CONNECT_S, node.timeout_s))
    except (ConnectionError, EOFError) as error:
        return faults.tls_refused(node.label, error) if tls else faults.broken(node.label, False)
    except OSError as error:
        return faults.unreachable(node.label, error)
    return None
