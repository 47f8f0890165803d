"""The 22 statuses of a parcel, which moves between them are legal, and what may qualify them."""

from enum import StrEnum


class Status(StrEnum):
    """Where a parcel stands. Closed list: foreign codes are read into it or stay UNKNOWN."""

    UNKNOWN = "unknown"
    REGISTERED = "registered"
    LABEL_CREATED = "label_created"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    IN_CUSTOMS = "in_customs"
    DELAYED = "delayed"
    HELD = "held"
    EXCEPTION = "exception"
    AT_DELIVERY_DEPOT = "at_delivery_depot"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERY_ATTEMPTED = "delivery_attempted"
    READY_FOR_PICKUP = "ready_for_pickup"
    PICKUP_EXPIRED = "pickup_expired"
    UNDELIVERABLE = "undeliverable"
    RETURNING = "returning"
    LOST = "lost"
    EXPIRED = "expired"
    DELIVERED = "delivered"
    RETURNED = "returned"
    DESTROYED = "destroyed"
    CANCELLED = "cancelled"


_S = Status

RANK: dict[str, int] = {
    _S.UNKNOWN: 0,
    _S.REGISTERED: 10,
    _S.LABEL_CREATED: 20,
    _S.ACCEPTED: 30,
    _S.IN_TRANSIT: 40,
    _S.IN_CUSTOMS: 42,
    _S.DELAYED: 44,
    _S.HELD: 46,
    _S.EXCEPTION: 48,
    _S.AT_DELIVERY_DEPOT: 50,
    _S.OUT_FOR_DELIVERY: 60,
    _S.DELIVERY_ATTEMPTED: 64,
    _S.READY_FOR_PICKUP: 70,
    _S.PICKUP_EXPIRED: 74,
    _S.UNDELIVERABLE: 80,
    _S.RETURNING: 84,
    _S.LOST: 90,
    _S.EXPIRED: 92,
    _S.DELIVERED: 100,
    _S.RETURNED: 100,
    _S.DESTROYED: 100,
    _S.CANCELLED: 100,
}

HARD_ENDS: frozenset[str] = frozenset({_S.DELIVERED, _S.RETURNED, _S.DESTROYED, _S.CANCELLED})
SOFT_ENDS: frozenset[str] = frozenset({_S.LOST, _S.EXPIRED})

_BACKWARD: dict[str, frozenset[str]] = {
    _S.ACCEPTED: frozenset({_S.LABEL_CREATED}),
    _S.IN_CUSTOMS: frozenset({_S.IN_TRANSIT}),
    _S.DELAYED: frozenset({_S.IN_TRANSIT, _S.IN_CUSTOMS}),
    _S.HELD: frozenset({_S.IN_TRANSIT, _S.IN_CUSTOMS, _S.DELAYED}),
    _S.EXCEPTION: frozenset({_S.IN_TRANSIT, _S.IN_CUSTOMS, _S.DELAYED, _S.HELD}),
    _S.AT_DELIVERY_DEPOT: frozenset({_S.IN_TRANSIT, _S.DELAYED, _S.HELD, _S.EXCEPTION}),
    _S.OUT_FOR_DELIVERY: frozenset({_S.AT_DELIVERY_DEPOT, _S.IN_TRANSIT, _S.DELAYED, _S.HELD, _S.EXCEPTION}),
    _S.DELIVERY_ATTEMPTED: frozenset(
        {_S.OUT_FOR_DELIVERY, _S.AT_DELIVERY_DEPOT, _S.IN_TRANSIT, _S.DELAYED, _S.HELD, _S.EXCEPTION}
    ),
    _S.READY_FOR_PICKUP: frozenset({_S.OUT_FOR_DELIVERY, _S.AT_DELIVERY_DEPOT, _S.IN_TRANSIT, _S.HELD, _S.EXCEPTION}),
    _S.PICKUP_EXPIRED: frozenset({_S.READY_FOR_PICKUP, _S.AT_DELIVERY_DEPOT, _S.IN_TRANSIT, _S.HELD, _S.EXCEPTION}),
    _S.UNDELIVERABLE: frozenset({_S.READY_FOR_PICKUP, _S.OUT_FOR_DELIVERY, _S.IN_TRANSIT, _S.HELD, _S.EXCEPTION}),
    _S.RETURNING: frozenset({_S.UNDELIVERABLE, _S.EXCEPTION, _S.HELD, _S.IN_TRANSIT}),
    _S.LOST: frozenset({_S.IN_TRANSIT, _S.AT_DELIVERY_DEPOT, _S.OUT_FOR_DELIVERY, _S.READY_FOR_PICKUP, _S.RETURNING}),
    _S.EXPIRED: frozenset(s for s in _S if 0 < RANK[s] < RANK[_S.EXPIRED]),
}

CANCELLABLE: frozenset[str] = frozenset(
    {
        _S.UNKNOWN,
        _S.REGISTERED,
        _S.LABEL_CREATED,
        _S.ACCEPTED,
        _S.IN_TRANSIT,
        _S.DELAYED,
        _S.HELD,
        _S.EXCEPTION,
        _S.EXPIRED,
    }
)
"""Statuses from which a parcel may become CANCELLED (EXPIRED only means that nobody looked any more)."""

CORRECTIONS: dict[str, frozenset[str]] = {
    _S.DELIVERED: frozenset({_S.DELIVERY_ATTEMPTED, _S.READY_FOR_PICKUP, _S.EXCEPTION, _S.RETURNING}),
    _S.CANCELLED: frozenset({_S.ACCEPTED, _S.IN_TRANSIT}),
}
"""The ways out of a hard end; each needs a later carrier time, a trusted source, and comes within 72 hours."""


def _next(status: str) -> frozenset[str]:
    if status in HARD_ENDS:
        return frozenset()
    forward = {other for other in Status if RANK[other] > RANK[status]}
    if status not in CANCELLABLE:
        forward.discard(_S.CANCELLED)
    if status == _S.LOST:
        forward.discard(_S.EXPIRED)
    stays = set() if status == _S.UNKNOWN or status in SOFT_ENDS else {status}
    return frozenset(forward | stays | _BACKWARD.get(status, frozenset()))


MOVES: dict[str, frozenset[str]] = {str(status): _next(status) for status in Status}
"""Legal next statuses; staying (a self-transition) carries a notice. Hard ends have none, see CORRECTIONS."""


class Action(StrEnum):
    """Who has to do something so that the parcel goes on."""

    NONE = "none"
    RECIPIENT = "recipient"
    SHIPPER = "shipper"
    CARRIER = "carrier"


class Notice(StrEnum):
    """What a scan may tell without moving the parcel."""

    PICKUP_REMINDER = "pickup_reminder"
    DEADLINE_EXTENDED = "deadline_extended"
    ETA_MOVED = "eta_moved"
    CUSTOMS_RELEASED = "customs_released"
    COD_PAID = "cod_paid"
    COD_TRANSFERRED = "cod_transferred"
    COD_PAID_OUT = "cod_paid_out"
    PROOF = "proof"
    INFORMATION = "information"


REASONS: frozenset[str] = frozenset(
    """
    carrier_damaged_parcel carrier_sorting_error carrier_parcel_lost carrier_address_not_found
    carrier_not_enough_time carrier_vehicle_issue carrier_mechanical_delay carrier_equipment_failure
    consignee_refused consignee_business_closed consignee_not_available consignee_not_home
    consignee_incorrect_address consignee_access_restricted consignee_safe_place consignee_age_verification_failed
    consignee_moved consignee_deceased
    customs_delay customs_documentation customs_duties_unpaid customs_inspection customs_rejected
    weather_delay natural_disaster strike security_hold holiday force_majeure
    delivery_exception_hold delivery_exception_undeliverable
    incorrect_weight incorrect_dimensions prohibited_item missing_parcel_information
    handover_failed tracking_number_invalid address_incomplete redirected_by_recipient redirected_by_carrier
    rescheduled_by_recipient appointment_set customer_contacted locker_full locker_broken storage_extended
    storage_ended pickup_reminder under_inspection id_check_failed cod_unpaid cod_collected duty_due
    customs_released forwarded_to_partner missorted repacked damaged_in_transit partial_delivery return_cancelled
    return_by_time wrong_recipient_reported arrived_at_hub departed_hub duplicate_number_suspected
    to_recipient collected_from_locker collected_from_point neighbour safe_place reception po_box signed
    cod_collected in_part damaged
    """.split()
)
"""What may qualify a status. Closed in code, open in time: a courier that needs a new one adds it here first."""
