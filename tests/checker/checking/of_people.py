"""Checks of people: who does not want (or may not have) a message does not get it; addresses and languages hold."""

from collections.abc import Iterator

from checking.people import Member
from checking.run import Told
from checking.world import SHOP_ITSELF, Violation, World, broken

CONTRACT = frozenset({"order_received", "order_confirmed", "return_received", "order_cancelled", "order_refunded"})
BUYERS_ONLY = CONTRACT | {"feedback"}


def cls_of(kind: str) -> str:
    """The class a kind belongs to."""
    return "contract" if kind in CONTRACT or kind == "shop_alert" else "feedback" if kind == "feedback" else "service"


def unwanted(world: World) -> Iterator[Violation]:
    """Nothing to those who said STOP (contract e-mail alone goes on), withheld consent, switched the kind off there,
    or paused the order."""
    for told in world.told_people:
        cls = cls_of(told.kind)
        people, person = world.people, told.person
        if (told.channel == "sms" or cls != "contract") and people.left(person, told.channel, cls, told.at):
            yield broken("unwanted", told, "opted out")
        if cls != "contract" and people.consent(person, told.channel, cls, told.at) is False:
            yield broken("unwanted", told, "no consent")
        if cls != "contract" and people.switched_off(person, told.kind, told.channel, told.at):
            yield broken("unwanted", told, "switched off")
        if cls != "contract" and people.paused(person, told.row["order"], told.at):
            yield broken("unwanted", told, "paused")


def erased(world: World) -> Iterator[Violation]:
    """Nothing to a person who asked to be forgotten, unless they gave their address anew."""
    for told in world.told_people:
        when = world.people.erased_at(told.person, told.at)
        member = world.member(told)
        if when is not None and (member is None or member.given_at <= when):
            yield broken("erased", told)


def not_of_the_order(world: World) -> Iterator[Violation]:
    """Nothing to someone who is not (or no longer) a recipient of the order, nothing of a test order."""
    for told in world.told_people:
        both = (told.at, told.at + 1)
        if not any(world.people.member(told.order, told.row["recipient"], before) for before in both):
            yield broken("not_of_the_order", told)
        if world.parcels.is_test(told.order, told.at + 1):
            yield broken("not_of_the_order", told, "a test order")


def not_for_them(world: World) -> Iterator[Violation]:
    """What concerns the buyer alone goes to no other recipient."""
    for told in world.told_people:
        member = world.member(told)
        if member and member.role != "buyer" and told.kind in BUYERS_ONLY:
            yield broken("not_for_them", told, member.role)


def wrong_address(world: World) -> Iterator[Violation]:
    """Messages go to the address in force when they leave."""
    for told in world.told:
        in_force = _addresses(world, told)
        if in_force and told.row["to"] not in in_force:
            yield broken("wrong_address", told)


def _addresses(world: World, told: Told) -> set[str]:
    """The address in force just before the moment and with what was said at that very moment; none for a stranger."""
    if told.row["recipient"] == SHOP_ITSELF:
        return {world.bundle(told.row["shop"], told.handed_at).alerts.email}
    found = set()
    for before in (told.at, told.at + 1):
        member = world.people.member(told.order, told.row["recipient"], before)
        if member is not None:
            found.add(world.people.address(member, told.person, told.channel, before))
    return found


def wrong_language(world: World) -> Iterator[Violation]:
    """The language is the one that the order fixed for the recipient, else the shop's own."""
    for told in world.told:
        if told.row["locale"] != _language(world, told, world.member(told)):
            yield broken("wrong_language", told, told.row["locale"])


def _language(world: World, told: Told, member: Member | None) -> str:
    bundle = world.bundle(told.row["shop"], told.handed_at)
    if told.row["recipient"] == SHOP_ITSELF:
        return bundle.alerts.language
    return member.locale if member and member.locale in bundle.languages else bundle.default_language


def no_basis(world: World) -> Iterator[Violation]:
    """Nobody is asked how it was without a basis of the shop's or a consent of their own."""
    for told in world.told_people:
        own = world.people.consent(told.person, told.channel, "feedback", told.at)
        held = world.bundle(told.row["shop"], told.handed_at).holds_feedback_basis
        if told.kind == "feedback" and not (held or own):
            yield broken("no_basis", told)


CHECKS = (unwanted, erased, not_of_the_order, not_for_them, wrong_address, wrong_language, no_basis)
