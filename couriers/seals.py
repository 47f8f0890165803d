"""Seals: from whom a courier's push really is. Each courier's schemes, checked over the bytes as they came.

    check("fedex", post, secrets)  ->  None, or BadSignature

Secrets can be rotated: any one of them may hold. Everything is compared in constant time, and as it is written: another
spelling of the right signature (upper-case hex, base64 for URLs, without padding) is refused. A courier that is not in
SEALS signs nothing: its push comes to a secret address (ADDRESS) and is only a hint to read the parcel again.
Source: the couriers' webhook documentation; what is thinly known says so on its line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from couriers.seal_schemes import (
    Post,
    Scheme,
    base64_of_body,
    base64_of_time_and_body,
    bearer_of_ours,
    hash_of_body_and_key,
    password,
    prefixed_hex_of_body,
    rsa_of_body,
    time_and_hex,
    token_in_address,
    token_in_header,
    within_networks,
)
from schemas.errors import BadSignature, ConfigurationError


@dataclass(frozen=True)
class Seal:
    """One way in which a courier proves itself. `header`: where; `replays`: what tells a repeated post."""

    name: str
    header: str
    holds: Scheme
    replays: str = ""
    needs_secret: bool = True


_SHIPX = ("91.216.25.0/24",)
_FEDEX = ("20.65.16.22/31",)
_SHIPPO = (
    *("52.4.41.98", "52.23.121.194", "52.44.110.80", "54.81.253.187", "54.81.255.221"),
    *("34.248.247.69", "34.253.119.130", "52.214.174.64", "54.72.179.250"),
)

SEALS: dict[str, tuple[Seal, ...]] = {
    "inpost": (
        Seal("hmac", "x-inpost-signature", base64_of_body, "x-inpost-event-id"),
        Seal("hmac_time", "x-inpost-signature", base64_of_time_and_body("x-inpost-timestamp"), "x-inpost-event-id"),
        Seal("rsa", "x-inpost-signature", rsa_of_body, "x-inpost-event-id"),
        Seal("basic", "authorization", password, "x-inpost-event-id"),
        Seal("api_key", "x-api-key", token_in_header, "x-inpost-event-id"),  # the header's name is agreed with InPost
        Seal("shipx_network", "", within_networks(_SHIPX), needs_secret=False),  # ShipX signs nothing
    ),
    "fedex": (
        Seal("hmac", "fdx-signature", base64_of_body),
        Seal("network", "", within_networks(_FEDEX), needs_secret=False),
    ),
    "nova_poshta": (Seal("token", "x-custom-token", token_in_header),),  # the header's name is chosen at subscribing
    "ups": (
        Seal("credential", "credential", token_in_header),  # as of Track Alert v1
        Seal("oauth", "authorization", bearer_of_ours),  # the secret is "<client id>:<client secret>"
    ),
    "aftership": (Seal("hmac", "aftership-hmac-sha256", base64_of_body, "event_id"),),
    "seventeentrack": (Seal("hash", "sign", hash_of_body_and_key),),
    "easypost": (Seal("hmac", "x-hmac-signature", prefixed_hex_of_body, "id"),),
    "shippo": (
        Seal("hmac", "shippo-auth-signature", time_and_hex, "t"),
        Seal("token", "token", token_in_address),
        Seal("network", "", within_networks(_SHIPPO), needs_secret=False),
    ),
    "shopify": (Seal("hmac", "x-shopify-hmac-sha256", base64_of_body, "x-shopify-event-id"),),
}
"""Courier -> its seals, the strongest that it usually sends first. A new one is a line here."""

ADDRESS = Seal("address", "key", token_in_address)
"""Of any courier: a secret of ours at the end of the address that it was given. For those that sign nothing."""


def seal_of(courier: str, name: str = "", header: str = "") -> Seal:
    """A courier's seal by name (the first if none is given), its header changed where that was agreed otherwise.
    Raises ConfigurationError for one that is not in SEALS."""
    seals = SEALS.get(courier, ())
    for seal in (*seals, ADDRESS) if name else seals:
        if name in ("", seal.name):
            return replace(seal, header=header.lower()) if header else seal
    known = ", ".join(seal.name for seal in (*seals, ADDRESS))
    raise ConfigurationError(f"no seal {name!r} of {courier!r} is known", f"Known of it: {known}.")


def check(courier: str, post: Post, secrets: Sequence[str], *, name: str = "", header: str = "") -> None:
    """Let a post pass if any of the secrets holds. Raises BadSignature, or ConfigurationError if there is no secret."""
    seal = seal_of(courier, name, header)
    given = [secret for secret in secrets if secret]
    if seal.needs_secret and not given:
        raise ConfigurationError(f"no secret for the posts of {courier} is set", "Set one: unsigned posts are refused.")
    if not any(seal.holds(post, seal.header, secret) for secret in given or [""]):
        raise BadSignature(f"the {seal.name} seal of {courier} does not hold", seal.header or "source address")
