"""Plan's desk: the working copy of one step. What goes in and comes out of a step is frozen; this is not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipelines.rules.actor import Context
from pipelines.rules.channels import addresses, consent, zone_for
from pipelines.rules.kinds import Row, row_for
from pipelines.rules.plan_state import Held, OrderPlan, PlanState, Profile, Reach, evolve
from schemas.errors import BadInput
from schemas.messages import Class, Decision, Kind, Reason
from schemas.orders import SHOP_ITSELF, OrderView, ParcelView
from schemas.parcels import parcel_key
from schemas.shops import Bundle
from schemas.times import DAY, Millis
from schemas.wire import name_of


@dataclass
class Desk:
    """One recipient at one moment: what is known, and what this step says."""

    shop: str
    recipient: str
    now: Millis
    context: Context
    bundle: Bundle
    profile: Profile
    orders: dict[str, OrderPlan]
    contacts: dict[str, Reach]
    sent: tuple[tuple[Millis, str], ...]
    spent: tuple[tuple[Millis, str], ...]
    outputs: list[object] = field(default_factory=list)
    undone: frozenset[str] = frozenset()  # occurrences that a retraction took back in this step
    touched: set[str] = field(default_factory=set)  # orders of which something has changed in this step
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    @property
    def is_shop(self) -> bool:
        """Whether the recipient is the shop itself."""
        return self.recipient == SHOP_ITSELF

    def row(self, plan: OrderPlan, kind: str) -> Row:
        """The table's row of the kind as it stands for this order."""
        key = (kind, plan.view.segment)
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = row_for(self.bundle, *key)
        return row

    def zone(self, plan: OrderPlan) -> str:
        """The recipient's clock."""
        phone = addresses(self.profile, plan).phone
        return self.bundle.zone if self.is_shop else zone_for(self.profile, plan, phone, self.bundle)

    def change(self, order: str, **changes: object) -> OrderPlan:
        """Puts an order's plan back with some fields changed."""
        self.orders[order] = evolve(self.orders[order], **changes)
        return self.orders[order]

    def release(self, order: str, held: Held) -> None:
        """Takes a slot off the held ones."""
        plan = self.orders[order]
        self.change(order, held=tuple(other for other in plan.held if other.slot != held.slot))

    def hold(self, order: str, held: Held) -> None:
        """Keeps a slot, in place of what is held under its name."""
        self.release(order, held)
        self.change(order, held=(*self.orders[order].held, held))

    def all_held(self) -> Iterator[tuple[str, Held]]:
        """Every held slot with its order, as of now."""
        return iter([(order, held) for order, plan in self.orders.items() for held in plan.held])

    def touch_all(self) -> None:
        """Something of the recipient has changed that may matter to every order."""
        self.touched.update(self.orders)

    def decide(
        self, order: str, held: Held, verdicts: Iterable[tuple[str, str]], by: str = "", why: tuple[str, ...] = ()
    ) -> None:
        """Says the last word on a slot and remembers that it was said."""
        self.release(order, held)
        plan = self.orders[order]
        self.change(order, decided=(*plan.decided, digest(held)))
        waited = held.due if held.quiet or held.waits else 0
        reasons = (*why, *(("quiet_hours",) if held.quiet else ()))
        self.outputs.append(_decision(self, plan, held, tuple(verdicts), by, reasons, waited))

    def refuse(self, order: str, held: Held, reason: str, by: str = "") -> None:
        """Decides that nothing of the slot is sent, on any channel it would have taken."""
        channels = self.row(self.orders[order], held.kind).channels or ("email",)
        self.decide(order, held, [(channel, str(reason)) for channel in channels], by)


def open_desk(shop: str, recipient: str, state: PlanState | None, now: Millis, context: Context) -> Desk:
    """The desk for a step. Raises BadInput if no configuration of the shop is in force."""
    bundle = context.bundle(shop, now)
    if bundle is None:
        raise BadInput("no configuration of this shop is known: give its bundle by --shops", "data.shop")
    state = state or PlanState(shop, recipient)
    recent = tuple(entry for entry in state.sent if entry[0] > now - 2 * DAY)
    spent = tuple(entry for entry in state.spent if entry[0] > now - 2 * DAY)
    orders, contacts = dict(state.orders), dict(state.contacts)
    return Desk(shop, recipient, now, context, bundle, state.profile, orders, contacts, recent, spent)


def _decision(
    desk: Desk,
    plan: OrderPlan,
    held: Held,
    verdicts: tuple[tuple[str, str], ...],
    by: str,
    why: tuple[str, ...],
    waited: Millis,
) -> Decision:
    return Decision(
        shop=desk.shop,
        recipient=desk.recipient,
        order=plan.view.order,
        subject=held.subject,
        kind=held.kind,
        occurrence=held.occurrence,
        bundle=desk.bundle.version,
        at=desk.now,
        verdicts=verdicts,
        occurred_at=held.occurred_at,
        recorded_at=held.recorded_at,
        held_until=waited,
        by=by,
        why=why,
        zone=desk.zone(plan),
    )


def digest(held: Held) -> str:
    """A short name of a slot, enough to know it again within one order."""
    return name_of(held.subject, held.kind, held.occurrence)[:10]


def is_known(plan: OrderPlan, held: Held) -> bool:
    """Whether the slot was opened before."""
    return digest(held) in plan.decided or any(other.slot == held.slot for other in plan.held)


def said(*parts: str) -> str:
    """A short name of something said once an order or once a parcel."""
    return name_of(*parts)[:10]


def parcel_of(view: OrderView, subject: str) -> ParcelView | None:
    """The parcel that a slot is about, under any of its numbers; None if it is about the order, or no longer there."""
    return next((p for p in view.parcels if parcel_key(p.courier, p.number) == subject or subject in p.formerly), None)


_NO_PARCEL = ParcelView("", "", "registered")


def refusal(desk: Desk, plan: OrderPlan, held: Held) -> tuple[str, str] | None:
    """Why the slot is not worth saying at this moment, on any channel, and what took its place; None if it is."""
    row = desk.row(plan, held.kind)
    personal = row.cls != Class.CONTRACT
    if desk.profile.erased_at and plan.reach.given_at <= desk.profile.erased_at:
        return Reason.ERASED, ""
    if plan.removed:
        return Reason.RECIPIENT_REMOVED, ""
    if plan.view.test:
        return Reason.TEST_ORDER, ""
    if personal and plan.view.order in desk.profile.paused:
        return Reason.PAUSED, ""
    if not row.enabled or (personal and desk.profile.kinds.get(held.kind) == ()):
        return Reason.KIND_OFF, ""
    if held.kind == Kind.FEEDBACK and (none := _no_basis(desk)):
        return none, ""
    if (by := superseded_by(desk, plan, held, row)) is not None:
        return Reason.SUPERSEDED, by
    return None


def _no_basis(desk: Desk) -> str | None:
    """Asking how it was needs a basis that the shop recorded, or a consent of the customer's own."""
    own = consent(desk.profile, "email", Class.FEEDBACK)
    return None if own or (own is None and desk.bundle.holds_feedback_basis) else _basis_reason(own)


def _basis_reason(own: bool | None) -> str:
    return Reason.NO_CONSENT if own is False else Reason.KIND_OFF


def superseded_by(desk: Desk, plan: OrderPlan, held: Held, row: Row) -> str | None:
    """What made the slot pointless: a status, a word; None if nothing did."""
    if desk.is_shop:
        return None
    if held.occurrence in desk.undone:
        return "retraction"
    about_parcel = not held.subject.startswith("order/")
    parcel = parcel_of(plan.view, held.subject)
    if about_parcel and parcel is None:
        return "parcel_gone"
    if row.superseded(parcel or _NO_PARCEL, plan.view):
        return parcel.status if parcel else plan.view.lifecycle if plan.view.lifecycle == "cancelled" else "shipped"
    return _overtaken(held, parcel) if parcel else None


def _overtaken(held: Held, parcel: ParcelView) -> str | None:
    """What made a slot pointless though its parcel's status stayed: a scan, another deadline, another occurrence."""
    if held.kind == Kind.NO_MOVEMENT and parcel.known_at > held.basis:
        return parcel.status
    if held.kind == Kind.PICKUP_REMINDER and parcel.facts.deadline != held.basis:
        return "deadline_extended"
    if held.kind == Kind.READY_FOR_PICKUP and parcel.occurrence != held.occurrence:
        return parcel.status
    return None
