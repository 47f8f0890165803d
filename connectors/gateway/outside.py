"""What every answer carries outside, and how each request is counted: one layer around all others."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.gateway.allowances import Allowance, allowance_of
from connectors.gateway.threshold import App, Message, Receive, Scope, Send
from connectors.metering import Meter
from schemas.metrics import GATEWAY_REQUESTS, GATEWAY_SECONDS

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
    (b"cache-control", b"no-store"),
)
"""A door that says one of these itself is believed."""

HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


@dataclass
class Outside:
    """`is_https`: our public URL is; then browsers shall not try without. `clock` in seconds."""

    app: App
    meter: Meter
    clock: Callable[[], float]
    is_https: bool = True
    allowance: Callable[[str], Allowance] = allowance_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and look at the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = self.clock(), 0

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._headers(message.get("headers", ()))
            await send(message)

        door = self.allowance(scope["path"]).door
        try:
            await self.app(scope, receive, answered)
        finally:
            self.meter.count(GATEWAY_REQUESTS, door, f"{status // 100}xx" if status else "none")
            self.meter.observe(GATEWAY_SECONDS, door, value=self.clock() - begun)

    def _headers(self, said: "list[tuple[bytes, bytes]]") -> "list[tuple[bytes, bytes]]":
        names = {name.lower() for name, _ in said}
        ours = (*HEADERS, HTTPS_ONLY) if self.is_https else HEADERS
        return [*said, *(header for header in ours if header[0] not in names)]
