"""The sockets that a service listens on, taken before anything else is opened."""

import errno
import ipaddress
import socket

from banyan.kernel.errors import Conflict, InvalidInput

BACKLOG = 2048
_MOST_UNSENT_BYTES = 128 * 1024
"""What the kernel may keep for a client that does not read, beside what is on its way; left to itself it keeps
megabytes for each, and the provider's answer, which is paid by the token, runs as far ahead of its reader."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def loopback_only(host: str) -> None:
    """Keeps a service without keys on this machine. Raises: InvalidInput for any other address."""
    if not is_loopback(host):
        raise InvalidInput(
            f"Without keys Banyan serves this machine only, and {host} is no loopback address; make a key with "
            "`banyan keys create NAME --role admin` first, or use --host 127.0.0.1."
        )


def bind(host: str, port: int, option: str) -> socket.socket:
    """A socket bound to host and port; 0 takes a free port. option: what sets the port, for the message.

    Raises: Conflict when the port is taken; InvalidInput when the address cannot be used.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    taken = socket.socket(family, kind, protocol)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # connections have it from the socket that they come in by
            taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _MOST_UNSENT_BYTES)
        taken.bind(address)
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"Port {port} on {host} is in use; stop what listens there, or choose another with {option}.",
                code="port_in_use",
            ) from error
        if error.errno == errno.EACCES:
            raise InvalidInput(
                f"Port {port} needs more rights than yours; choose one above 1023 with {option}."
            ) from error
        raise InvalidInput(f"{host} port {port} cannot be used: {error.strerror}; choose another.") from error
    return taken


def address(bound: socket.socket) -> str:
    """The URL of a bound socket, without a slash at the end."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if bound.family == socket.AF_INET6 else f"http://{host}:{port}"


def port(bound: socket.socket) -> int:
    """The port of a bound socket."""
    return int(bound.getsockname()[1])
