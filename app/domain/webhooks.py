"""Webhooks: where they may go, how they are signed, when they are tried again (API 16). Values in, values out."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105  what every secret begins with, so that scanners know one
LONGEST_URL = 2_000

#: Seconds before the second, third, … attempt; about a day in all. Then the delivery is given up.
SCHEDULE_S = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800)
#: The longest that a receiver may ask us to wait, in seconds.
LONGEST_WAIT_S = 86_400.0
#: Seconds for which an endpoint rests after nothing of a batch arrived, doubled each time up to the longest.
FIRST_REST_S, LONGEST_REST_S = 1.0, 300.0


class WebhookStatus(StrEnum):
    """Whether events are sent."""

    ACTIVE = "active"
    DISABLED = "disabled"


class WebhookDisabled(StrEnum):
    """Why none are: its owner said so, the receiver answered 410, it failed too long, the owner is nobody any more."""

    OWNER = "owner"
    GONE = "gone"
    FAILING = "failing"
    NOT_ALLOWED = "not_allowed"


class DeliveryState(StrEnum):
    """`dropped`: the object went out of the owner's sight before it was delivered."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


#: What `ipaddress` does not call private but nobody on the internet answers at, or what hides another address.
_MORE = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10",
    )
)  # fmt: skip


def is_public(address: Address) -> bool:
    """True for an address of the open internet; what carries another address inside (mapped, 6to4, NAT64) is none."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return not any(address in network for network in _MORE if network.version == address.version)


class Allowed:
    """The hosts and networks of a deployment's own that webhooks may go to although they are not public."""

    def __init__(self, entries: Sequence[str] = ()) -> None:
        """Each entry is a host name, an address or a network (`receiver.internal`, `10.1.0.0/16`)."""
        self.networks = tuple(net for entry in entries if (net := _network(entry)) is not None)
        self.hosts = frozenset(entry.lower().rstrip(".") for entry in entries if _network(entry) is None)

    def host(self, host: str) -> bool:
        """True when the name itself is allowed, or it is an address that is."""
        bare = host.lower().rstrip(".")
        address = as_address(bare)
        return bare in self.hosts or (address is not None and self._address(address))

    def may_connect(self, host: str, address: Address) -> bool:
        """Whether a name that resolved to this address may be connected to there."""
        return is_public(address) or host.lower().rstrip(".") in self.hosts or self._address(address)

    def _address(self, address: Address) -> bool:
        return any(address in network for network in self.networks if network.version == address.version)


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        return None


def as_address(host: str) -> Address | None:
    """The address that a host is written as, or None for a name."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


_WHERE = "Webhooks go to https addresses on the open internet."
_WHO = (
    "Whoever runs this service may allow receivers of its own, plain http included, by the setting BMP_WEBHOOK_ALLOW."
)


def fault_of_url(url: str, allowed: Allowed) -> str | None:
    """What is wrong with a target, as a sentence; None when nothing is. Where its name leads is looked at each time."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "This is no address."
    if not url.isascii() or any(c.isspace() or c in "\\<>\"'`{}|^" for c in url) or not host or port == 0:
        return "This is no address."
    if parts.username is not None or parts.password is not None:
        return "Names and passwords do not belong in the address."
    if parts.fragment or url.endswith("#"):
        return "An address for webhooks has no fragment."
    if parts.scheme != "https" and not (parts.scheme == "http" and allowed.host(host)):
        return f"{_WHERE} {_WHO}"
    address = as_address(host)
    if address is not None and not allowed.may_connect(host, address):
        return f"This address is a private one. {_WHERE} {_WHO}"
    if address is None and not allowed.host(host) and ("." not in host or _looks_like_an_address(host)):
        return f"This host is not on the open internet. {_WHERE} {_WHO}"
    return None


def _looks_like_an_address(host: str) -> bool:
    """Numbers that resolvers read as IPv4 addresses: `127.1`, `0x7f.0.0.1`, `2130706433`."""
    last = host.rstrip(".").rsplit(".", 1)[-1].lower()
    return last.isdigit() or (last.startswith("0x") and all(c in "0123456789abcdef" for c in last[2:]))


def written_secret(secret: bytes) -> str:
    """A secret as receivers get it (Standard Webhooks)."""
    return SECRET_PREFIX + base64.b64encode(secret).decode("ascii")


def signature(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each live secret, the newest first."""
    content = f"{message_id}.{timestamp}.".encode("ascii") + body
    made = (base64.b64encode(hmac.digest(secret, content, "sha256")).decode("ascii") for secret in secrets)
    return " ".join(f"v1,{each}" for each in made)


def wait_after(attempts: int, chance: float, asked: float | None = None) -> float | None:
    """Seconds until the next attempt after so many; None: it is given up.

    Between four fifths and six fifths of the schedule, or what the receiver asked for when that is longer. `chance` is
    in [0, 1).
    """
    if attempts > len(SCHEDULE_S):
        return None
    planned = SCHEDULE_S[attempts - 1] * (0.8 + 0.4 * chance)
    return max(planned, min(asked or 0.0, LONGEST_WAIT_S))


def rest_after(failures: int) -> float:
    """Seconds for which an endpoint rests after so many batches of which nothing arrived."""
    return min(LONGEST_REST_S, FIRST_REST_S * 2.0 ** min(max(failures - 1, 0), 20))


def asked_to_wait(retry_after: str | None, now: datetime) -> float | None:
    """The seconds of a `Retry-After` header: a number or a date (RFC 9110); None for none and for nonsense."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT_S)
