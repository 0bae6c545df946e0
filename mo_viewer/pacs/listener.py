"""Where an archive reaches us: only while we asked it for something, only for what we asked for."""

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from mo_viewer.base.faults import Refused
from mo_viewer.pacs.line import Kind, entity_of, tls_context
from mo_viewer.pacs.node import DicomNode


@contextmanager
def listening(
    node: DicomNode, kinds: Iterable[Kind], listeners: Iterable[tuple[Any, Callable[..., Any]]]
) -> Iterator[None]:
    """Accept associations that call us by our AE title, for as long as the block runs.

    Raises
    ------
    Refused
        When the port is taken.
    """
    entity = entity_of(node)
    entity.require_called_aet = True
    entity.maximum_associations = 4
    entity.network_timeout = node.timeout_s
    by_class: dict[str, list[str]] = {}
    for sop_class, syntax in kinds:
        by_class.setdefault(sop_class, []).append(syntax)
    for sop_class, syntaxes in by_class.items():
        entity.add_supported_context(sop_class, syntaxes, scu_role=True, scp_role=True)
    try:
        server = entity.start_server(
            (node.listen_host, node.listen_port),
            block=False,
            ssl_context=None if node.tls is None else tls_context(node.tls, ours=True),
            evt_handlers=[*listeners],
        )
    except OSError as error:
        raise Refused(
            f"The port {node.listen_port} of this machine cannot be listened at.",
            "Another program may use it.",
            repr(error),
        ) from error
    try:
        yield
    finally:
        if server is not None:
            server.shutdown()
        for association in entity.active_associations:
            line = association.dul.socket
            if line is not None and line.socket is not None:
                _cut(line.socket)
            association.join(1.0)


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
