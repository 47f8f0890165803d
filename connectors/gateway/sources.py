"""Who sends: the address that the last trusted proxy saw, or the peer's own where there is no proxy."""

import ipaddress
from collections.abc import MutableMapping
from typing import Any

from starlette.requests import Request

SOURCE = "awizo.source"
_FORWARDED = b"x-forwarded-for"


def seen_by_proxy(scope: MutableMapping[str, Any], proxies: int) -> str:
    """The sender's address. `proxies`: how many of ours stand in front; each adds one address to X-Forwarded-For, and
    what stands before theirs is the sender's own invention."""
    peer = str((scope.get("client") or ("",))[0])
    if proxies <= 0:
        return peer
    said = [value.decode("latin-1") for name, value in scope["headers"] if name == _FORWARDED]
    hops = [hop.strip() for hop in ",".join(said).split(",")]
    return hops[-proxies] if len(hops) >= proxies and hops[-proxies] else peer


def neighbourhood(source: str) -> str:
    """Whom a rate is counted for: an IPv4 address, or the /64 of an IPv6 one, which one sender has whole."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def source_of(request: Request) -> str:
    """The sender's address, as it was found at the threshold."""
    return str(request.scope.get(SOURCE, ""))
