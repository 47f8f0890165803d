"""UPS: what its codes mean.

An event is named by type and code together: the same code means different things under different types. Beside them
stands a number, and a description that is not believed. A code whose meaning is in doubt (all the exceptions, all of
Mail Innovations) only says more where the number says no more than "exception", or nothing. Sources: UPS's appendix of
codes to its Tracking API, and the Track Alert API.
"""

from couriers.fields import Record, text
from couriers.meanings import UNMAPPED, Meaning, Table
from schemas.errors import BadInput
from schemas.status import Status

_DOUBTFUL = Meaning(flags=("doubt",))


def _three(code: str) -> str:
    plain = code.strip().casefold()
    return plain.zfill(3) if plain.isdecimal() else plain


STATUSES = Table("ups", ("status_code", "web_progress"), _three)
TYPES = Table("ups", ("activity_type",))  # where nothing finer is said
_MANIFEST = Table("ups", ("manifest_and_update_codes",))
_MOVES = Table("ups", ("movement_scans",))
_DELIVERIES = Table("ups", ("delivery_codes", "other_codes_seen", "movement_scans"))
_TROUBLES = Table("ups", ("package_exceptions", "delivery_codes", "other_codes_seen"))
_MAIL = Table("ups", ("mail_innovations",))  # written with their type: 1C/IC
CODES: dict[str, Table] = {
    "m": _MANIFEST,
    "mv": _MANIFEST,
    "u": _MANIFEST,
    "p": _MOVES,
    "i": _MOVES,
    "d": _DELIVERIES,  # a push has type D for what is only loaded, too
    "x": _TROUBLES,
    "ic": _MAIL,
    "vt": _MAIL,
    "h6": _MAIL,
    "a4": _MAIL,
}
"""What codes mean, by type."""

TABLES = (STATUSES, TYPES, _MANIFEST, _MOVES, _DELIVERIES, _TROUBLES, _MAIL)


def read(status: Record) -> tuple[Meaning, str]:
    """What an event means, and its raw code: code/type/number."""
    code, _, own = text(status, "code").partition("/")
    kind, digits = own or text(status, "type"), text(status, "statusCode")
    raw = "/".join(filter(None, (code, kind, digits)))
    if not raw:
        raise BadInput("a status with a type, a code or a number was expected")
    return _meaning(kind, code, digits), raw


def _meaning(kind: str, code: str, digits: str) -> Meaning:
    if not code and not digits:
        return TYPES.meaning(kind)
    fine, coarse = _fine(kind, code), STATUSES.meaning(digits)
    if coarse.status == Status.UNKNOWN:
        return fine if code else coarse
    if not {"doubt", "unmapped"} & {*fine.flags}:
        return fine
    return fine if coarse.status == Status.EXCEPTION and fine.status != Status.UNKNOWN else coarse


def _fine(kind: str, code: str) -> Meaning:
    table = CODES.get(kind.casefold())
    if table is None or not code:
        return UNMAPPED
    found = table.meaning(f"{code}/{kind}" if table is _MAIL else code)
    return _DOUBTFUL if kind.casefold() == "x" and found.status == Status.DELIVERED else found  # an exception is no end
