"""From what somebody types to what it names: an order, a parcel, a recipient."""

from difflib import get_close_matches

from pipelines.report.index import Index, OfShop
from pipelines.report.masking import masked
from pipelines.report.run import Run
from pipelines.report.story import Focus, Story, story_of_order, story_of_orphan
from schemas.errors import BadInput


def stories_of(name: str, run: Run, index: Index) -> list[Story]:
    """Every story that the name names: an order (its id or number), a parcel (its number) or a recipient (the id, a
    phone or an e-mail), each also as `shop/...` or `courier/...`. Raises BadInput, with near names, if none does."""
    stories = [*_of_orders(name, index), *_of_parcels(name, run, index), *_of_people(name, index)]
    if not stories:
        raise BadInput(_nothing(name, run, index))
    return stories


def _of_orders(name: str, index: Index) -> list[Story]:
    keys = sorted({*index.orders, *index.decisions, *index.parcels})
    return [story_of_order(key, index) for key in keys if name in names_of_order(key, index)]


def names_of_order(key: OfShop, index: Index) -> set[str]:
    order = index.orders.get(key)
    names = {key[1], order.name} if order else {key[1]}
    return names | {f"{key[0]}/{name}" for name in names}


def _of_parcels(name: str, run: Run, index: Index) -> list[Story]:
    found = [parcel for parcel in run.parcels if name in (parcel.number, parcel.key)]
    owned = [
        story_of_order(key, index, Focus(parcel=parcel.key))
        for parcel in found
        for key in index.parcel_orders.get(parcel.key, [])
    ]
    return owned + [story_of_orphan(parcel) for parcel in found if parcel.key not in index.parcel_orders]


def _of_people(name: str, index: Index) -> list[Story]:
    return [
        story_of_order((shop, order), index, Focus(recipient=recipient))
        for (shop, recipient), orders in sorted(index.people.items())
        if name in names_of_person((shop, recipient), index)
        for order in orders
    ]


def names_of_person(key: OfShop, index: Index) -> set[str]:
    addresses = {message.to for message in index.written_to.get(key, [])}
    return {key[1], "/".join(key)} | addresses


def _nothing(name: str, run: Run, index: Index) -> str:
    shown = masked(name) if "@" in name or name.startswith("+") else name
    near = get_close_matches(name, _known(run, index), n=5, cutoff=0.6)
    hint = f" Near it: {', '.join(near)}." if near else ""
    return f"no order, parcel or recipient is called {shown}.{hint}"


def _known(run: Run, index: Index) -> list[str]:
    """Every name but addresses: those are not to be guessed."""
    orders = {name for key in index.orders for name in names_of_order(key, index) if "/" not in name}
    people = {recipient for _, recipient in index.people}
    return sorted(orders | people | {parcel.number for parcel in run.parcels})
