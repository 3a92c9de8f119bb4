"""Addresses that a tenant names must not lead into the network that config-api stands in.

A connection's address is a door: whoever may save one could have Tieout call the database's host or a cloud's metadata
service, with headers of his choice, and read the refusal. So an address is refused whose host is, or resolves to, an
internal one, unless the operator lists it (`TIEOUT_INTERNAL_HOSTS`): a ConnectWise on the operator's own premises.

What a name resolves to can change after it was saved. It is looked at again before each test of a connection; services
that call later are held by the network's own rules (docs/connections.md).
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

RESOLVE_LIMIT_S = 3.0
LOOPBACK = ("localhost", "127.0.0.0/8", "::1/128")
OF_PROVIDERS = (".myconnectwise.net", ".connectwisedev.com", ".xero.com", ".intuit.com")
"""Hosts that belong to a provider for certain."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Behind these stand IPv4 addresses (RFC 6052)."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], Awaitable[Sequence[str]]]


async def resolved(host: str) -> Sequence[str]:
    """What the system's resolver says, within `RESOLVE_LIMIT_S`; nothing where it does not know the name."""
    try:
        async with asyncio.timeout(RESOLVE_LIMIT_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return ()
    return [str(each[4][0]) for each in found]


class InternalHosts:
    """`allowed`: names, names' ends that begin with a dot, addresses and networks. `ValueError` for an odd one."""

    def __init__(self, allowed: Sequence[str] = (), resolve: Resolve = resolved) -> None:
        self._networks = tuple(_network(each) for each in allowed if _is_numeric(each))
        self._names = tuple(each.lower().rstrip(".") for each in allowed if not _is_numeric(each))
        self._resolve = resolve

    async def named_by(self, address: str) -> str | None:
        """The internal host that an address names and that is not allowed; None: it may be used. A name that nobody
        knows passes: the test of the connection says that nobody answers there."""
        host = (urlsplit(address).hostname or "").lower().rstrip(".")
        if self._is_known(host):
            return None
        literal = _address(host)
        found = [literal] if literal is not None else [_address(each) for each in await self._resolve(host)]
        internal = [each for each in found if each is not None and not self._may(each)]
        return (host or "(none)") if internal or _is_local_name(host) else None

    def _is_known(self, host: str) -> bool:
        return host.endswith(OF_PROVIDERS) or any(
            host == name or (name.startswith(".") and host.endswith(name)) for name in self._names
        )

    def _may(self, address: Address) -> bool:
        plain = _plain(address)
        return plain.is_global or any(plain.version == net.version and plain in net for net in self._networks)


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_local_name(host: str) -> bool:
    """A name that only an internal resolver knows: `postgres`, `config-api.tieout.svc`."""
    return _address(host) is None and ("." not in host or host.endswith((".local", ".internal", ".svc", ".localhost")))


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _is_numeric(text: str) -> bool:
    return _address(text.partition("/")[0]) is not None


def _network(text: str) -> Network:
    return ipaddress.ip_network(text)
