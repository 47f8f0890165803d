"""Webhooks as the log holds them, read by what each shop's newest bundle says of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.platforms.platform import Told
from connectors.platforms.registry import PLATFORMS, read, shop_of
from schemas.errors import BadPayload
from schemas.shops import Bundle
from schemas.times import Millis


@dataclass(frozen=True)
class WebhookReading:
    """What Normalize reads webhooks by: shop -> its newest bundle. A mapping is not a rule that was in force: the
    newest reads all there is, so that a better one repairs what an earlier one could not read. Can be pickled."""

    bundles: Mapping[str, Bundle] = field(default_factory=dict)

    def __call__(self, shop: str, platform: str, topic: str, body: bytes, received_at: Millis) -> Iterator[Told]:
        """What a webhook tells. Raises BadPayload, as `registry.read` does."""
        known = PLATFORMS.get(platform)
        if known is None:
            raise BadPayload(f"no platform that is known: one of {', '.join(PLATFORMS)} was expected", "subject")
        bundle = self.bundles[shop]
        return read(shop_of(shop, bundle.default_language, known.id, bundle.webhooks), topic, body, received_at)
