"""Which addresses on the internet our messages may go to: public ones.

Anything else could be a door into the house they are sent from.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

LONGEST = 500
# Of IANA's registries of special addresses, what the oldest Python we run on takes for public: protocol
# assignments, relays that were given up (RFC 7526), documentation (RFC 9637).
_SPECIAL = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
_TRANSLATED = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address inside an IPv6 one


def client_ip(seen: str, forwarded: str, proxies: int) -> str:
    """Whom a limit counts.

    Behind our own reverse proxies the address they saw, never one the client made up; of IPv6 the /64, which
    one subscriber has whole. A port beside the address, as some proxies write it, is a new one each time and
    does not count.
    """
    hops = [part.strip() for part in forwarded.split(",") if part.strip()]
    text = hops[-proxies] if proxies and len(hops) >= proxies else seen
    bare = (
        text[1:].partition("]")[0]
        if text.startswith("[")
        else text.partition(":")[0]
        if text.count(":") == 1
        else text
    )
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return bare
    if isinstance(address, IPv4Address):
        return str(address)
    inside = address.ipv4_mapped  # how a server that listens on both kinds names a visitor of the old one
    return str(inside or ip_network((address, 64), strict=False).network_address)


def site_of(counted: str) -> str:
    """The /48 around an IPv6 address, which one customer of an access provider or a hosting company may have
    whole; "" for all others.
    """
    try:
        address = ip_address(counted)
    except ValueError:
        return ""
    return "" if isinstance(address, IPv4Address) else str(ip_network((address, 48), strict=False))


def is_public(text: str) -> bool:
    """Whether an IP address is of the public internet,
    also where it hides inside another (mapped, 6to4, Teredo, NAT64).
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return all(_global(entry) for entry in (address, *_inside(address)))


def _global(address: IPv4Address | IPv6Address) -> bool:
    # fec0::/10, given up and never routed.
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    special = site_local or any(address in network for network in _SPECIAL)
    return address.is_global and not address.is_multicast and not address.is_reserved and not special


def _inside(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(address, IPv4Address):
        return []
    results = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _TRANSLATED:
        results.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return [entry for entry in results if entry is not None]


def is_webhook(url: str, sandbox: bool) -> bool:
    """Whether a URL may be written down to send messages to: https to a public name.

    In sandbox mode also http, and this machine.

    What a name stands for is only known when something is sent; the sender asks `is_public` then.
    """
    if (
        len(url) > LONGEST
        or not url.isascii()
        or any(letter <= " " or letter in '"<>\\^`{|}' for letter in url)
    ):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        return False
    if sandbox:
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and (
        is_public(host) or ("." in host.strip(".") and not _looks_numeric(host))
    )


def _looks_numeric(host: str) -> bool:
    """«127.1», «0x7f.0.0.1»: names no domain has, which resolvers read as addresses;
    and addresses themselves, judged before.
    """
    last = host.rstrip(".").rpartition(".")[2]
    return ":" in host or last.isdigit() or last.startswith("0x")
