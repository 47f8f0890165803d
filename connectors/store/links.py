"""What short links stand for: kept before the message that holds them goes, resolved when a customer opens one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from connectors.store.inserting import insert_into
from connectors.store.opening import Store
from connectors.store.page_tables import links
from schemas.times import Millis
from templates.links import KeptLink, is_code

_COLUMNS = (
    links.c.code,
    links.c.shop,
    links.c.recipient,
    links.c.order_id,
    links.c.scope,
    links.c.kept_at,
    links.c.expires_at,
)
_BY_CODE = select(*_COLUMNS).where(links.c.code == bindparam("wanted"))


@dataclass(frozen=True)
class Links:
    """The links of a store. Each method raises StoreDown if the store does not answer."""

    store: Store

    def keep(self, kept: Iterable[KeptLink]) -> None:
        """Let these links open from now on: call it before their message is handed to a provider. The same again
        changes nothing, a newer message makes a link live longer, and nobody takes over another's code."""
        rows = [_row(link) for link in sorted(set(kept))]  # sorted: two who keep the same never wait for each other
        if not rows:
            return
        with self.store.transaction() as connection:
            insert = insert_into(connection, links)
            new = insert.excluded
            ours = (
                (links.c.shop == new.shop)
                & (links.c.recipient == new.recipient)
                & (links.c.scope == new.scope)
                & (links.c.expires_at < new.expires_at)
            )
            changed = {"kept_at": new.kept_at, "expires_at": new.expires_at}
            connection.execute(insert.on_conflict_do_update(index_elements=["code"], set_=changed, where=ours), rows)

    def resolve(self, code: str, shop: str, now: Millis) -> KeptLink | None:
        """What the code stands for; None if it stands for nothing, for something of another shop, or no longer. Each
        of these costs the same one question."""
        link = self.of_any_shop(code, now)
        return link if link is not None and link.shop == shop else None

    def of_any_shop(self, code: str, now: Millis) -> KeptLink | None:
        """What the code stands for, whatever its shop; None if for nothing, or no longer."""
        with self.store.reading() as connection:
            row = connection.execute(_BY_CODE, {"wanted": code if is_code(code) else ""}).first()
        link = None if row is None else KeptLink(*row)
        return link if link is not None and now < link.expires_at else None

    def of_recipient(self, shop: str, recipient: str, now: Millis) -> list[KeptLink]:
        """All that open for this recipient now, those of the newest messages first."""
        query = select(*_COLUMNS).where(links.c.shop == shop, links.c.recipient == recipient, links.c.expires_at > now)
        with self.store.reading() as connection:
            rows = connection.execute(query.order_by(links.c.kept_at.desc(), links.c.scope)).all()
        return [KeptLink(*row) for row in rows]

    def forget(self, shop: str, recipient: str, at: Millis) -> None:
        """Let none of this recipient's links of up to a moment open any more: they asked to be forgotten then."""
        gone = links.delete().where(links.c.shop == shop, links.c.recipient == recipient, links.c.kept_at <= at)
        with self.store.transaction() as connection:
            connection.execute(gone)


def _row(link: KeptLink) -> dict[str, Any]:
    return dict(zip((column.name for column in _COLUMNS), link, strict=True))
