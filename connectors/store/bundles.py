"""Shops' bundles in the store: accepted once, never changed; which one is in force is said in the log."""

from dataclasses import dataclass

from sqlalchemy import select

from connectors.store.live_tables import bundles
from connectors.store.opening import Store
from schemas.errors import BadBundle
from schemas.mappings import Mappings
from schemas.shops import Bundle
from schemas.times import Millis

_MAPPINGS = "@mappings"
"""In the place of a shop: what codes mean that the couriers' tables do not have."""


@dataclass(frozen=True)
class BundleShelf:
    """The accepted bundles of a store. Each method raises StoreDown if the store does not answer."""

    store: Store

    def put(self, bundle: Bundle, at: Millis) -> bool:
        """Keep a bundle that was checked; False if it is there already. Raises BadBundle if the shop has another one
        of this version: versions never change."""
        body = bundle.model_dump_json().encode()
        with self.store.transaction() as connection:
            known = connection.scalar(
                select(bundles.c.body).where(bundles.c.shop == bundle.shop, bundles.c.version == bundle.version)
            )
            if known is None:
                row = {"shop": bundle.shop, "version": bundle.version, "accepted_at": at, "body": body}
                connection.execute(bundles.insert().values(**row))
                return True
        if known != body:
            finding = f"version {bundle.version} is accepted already and reads otherwise; give the change a new version"
            raise BadBundle(bundle.shop, (finding,))
        return False

    def put_mappings(self, mappings: Mappings, at: Millis) -> bool:
        """Keep the mappings of codes; they count from now on. False if there is one of this version already."""
        row = {"shop": _MAPPINGS, "version": mappings.version, "accepted_at": at}
        with self.store.transaction() as connection:
            known = connection.scalar(
                select(bundles.c.body).where(bundles.c.shop == _MAPPINGS, bundles.c.version == mappings.version)
            )
            if known is None:
                connection.execute(bundles.insert().values(**row, body=mappings.model_dump_json().encode()))
            return known is None

    def mappings(self) -> Mappings | None:
        """The mappings that were accepted last."""
        query = (
            select(bundles.c.body).where(bundles.c.shop == _MAPPINGS).order_by(bundles.c.accepted_at.desc()).limit(1)
        )
        with self.store.reading() as connection:
            body = connection.scalar(query)
        return None if body is None else Mappings.model_validate_json(body)

    def all(self) -> dict[str, dict[str, Bundle]]:
        """shop -> version -> bundle."""
        found: dict[str, dict[str, Bundle]] = {}
        with self.store.reading() as connection:
            query = select(bundles.c.shop, bundles.c.version, bundles.c.body).where(bundles.c.shop != _MAPPINGS)
            rows = connection.execute(query).all()
        for shop, version, body in rows:
            found.setdefault(shop, {})[version] = Bundle.model_validate_json(body)
        return found

    def number(self) -> int:
        """How many there are: it only grows, so a change shows."""
        with self.store.reading() as connection:
            return len(connection.execute(select(bundles.c.shop)).all())
