"""What a browser, a mailbox provider or a scanner asks of a page, as the pages read it."""

from collections.abc import Iterable
from email import message_from_bytes
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

PAGE, WAY_OUT = "p", "u"
"""The doors: a page, and the one-click way out of a class of e-mails."""


class Asked(NamedTuple):
    """A request. `door`: PAGE or WAY_OUT; `fields`: of a form, the last of each name; `site`, `origin`: where a browser
    says that the request comes from."""

    door: str
    code: str
    host: str
    is_post: bool
    language: str = ""
    accepts: str = ""
    done: str = ""
    fields: dict[str, str] = {}  # noqa: RUF012 - never changed
    site: str = ""
    origin: str = ""

    @property
    def hostname(self) -> str:
        """The host without its port."""
        return (urlsplit(f"//{self.host}").hostname or "").rstrip(".") if _is_plain(self.host) else ""

    @property
    def is_from_here(self) -> bool:
        """Whether a form was sent by a page of this host. What sends neither header is no browser of today: it holds
        the link itself, and there is nothing else here (no cookie) that it could lend."""
        if self.site:
            return self.site in ("same-origin", "none")
        return not self.origin or (_is_plain(self.origin) and urlsplit(self.origin).netloc.lower() == self.host)


async def asked_of(request: Request, door: str, code: str) -> Asked:
    """What a request asks."""
    query, headers = request.query_params, request.headers
    is_post = request.method == "POST"
    return Asked(
        door=door,
        code=code,
        host=headers.get("host", "").lower(),
        is_post=is_post,
        language=query.get("lang", ""),
        accepts=headers.get("accept-language", "")[:200],
        done=query.get("done", ""),
        fields=fields_of(headers.get("content-type", ""), await request.body()) if is_post else {},
        site=headers.get("sec-fetch-site", ""),
        origin=headers.get("origin", ""),
    )


def fields_of(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form, in either of the two ways in which RFC 8058 lets it come; {} if it is none."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return dict(_pairs(body))
    return dict(_parts(content_type, body)) if kind == "multipart/form-data" else {}


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:  # not UTF-8, or too many
        return []


def _parts(content_type: str, body: bytes) -> Iterable[tuple[str, str]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = message_from_bytes(head + body)
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            yield name, value.decode(errors="replace").strip()


def _is_plain(address: str) -> bool:
    """Whether it can be taken apart at all: a bracket alone cannot."""
    return "[" not in address and "]" not in address and "@" not in address
