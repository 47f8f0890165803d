"""The sandbox's posts: what it has to tell, kept in order of message time, and posted when it is time.

It posts only where it was told to, or to this machine: a callback's URL in a message is never reason enough to speak to
a stranger.
"""

import heapq
import ipaddress
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from connectors.sandbox.book import Accepted, Said
from connectors.sandbox.course import Pace
from connectors.sandbox.telling import Post, event_posts, merged, reply_post, status_posts, told_badly
from connectors.transport import Answer, Transport
from schemas.times import Millis

_TRIES = 5
"""How often a post is tried that nobody takes, one flush after the other."""


@dataclass(frozen=True)
class Listeners:
    """Where the sandbox posts. `status`: Twilio's callbacks (their own query is kept; "" is their own URL, if that is
    on this machine); `events`: SendGrid's ("" is nowhere); `replies`: customers' SMS ("" is nowhere).
    `by_shared_key`: Twilio's posts are signed with a key of ours instead of the token."""

    status: str = ""
    events: str = ""
    replies: str = ""
    by_shared_key: bool = False


@dataclass(frozen=True)
class Posted:
    """A post and what came of it: a status, or the name of what went wrong."""

    post: Post
    answer: str


class Hooks:
    """Posts that wait for their time. `flush` posts them; what nobody takes waits for the next flush."""

    def __init__(self, listeners: Listeners, pace: Pace) -> None:
        self.listeners = listeners
        self.posted: list[Posted] = []
        self._pace = pace
        self._waiting: list[tuple[Post, int]] = []
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def tell(self, message: Accepted, trouble: str = "") -> None:
        """Remember what is to be told of a message, and how badly; nothing where nobody could listen."""
        if self.listeners == Listeners() and not _is_here(dict(message.arguments).get("StatusCallback", "")):
            return
        if message.channel == "sms":
            posts = status_posts(message, self._pace, self.listeners.by_shared_key)
        else:
            posts = event_posts(message, self._pace, self.listeners.events)
        self._add(told_badly(posts, trouble))

    def tell_reply(self, said: Said, opt_out: str = "") -> None:
        """Remember to tell what a customer wrote."""
        if self.listeners.replies:
            self._add([reply_post(said, self.listeners.replies, opt_out, self.listeners.by_shared_key)])

    def call_off(self, message: Accepted) -> None:
        """What was called off tells nothing more but that."""
        with self._lock:
            self._waiting = [each for each in self._waiting if each[0].name != message.provider_id]
            heapq.heapify(self._waiting)
        self.tell(message)

    def waiting(self) -> list[Post]:
        """What is still to be posted, in order."""
        with self._lock:
            return [post for post, _ in sorted(self._waiting, key=lambda each: each[0])]

    def flush(self, transport: Transport, until: Millis | None = None, batch: int = 1) -> list[Posted]:
        """Post everything due by message time `until` (None: all), in its order. `batch`: how many of SendGrid's
        events at most go as one post."""
        with self._turn:
            done: list[Posted] = []
            for posts, tries in _gathered(self._due(until), batch):
                done.append(self._post(transport, posts, tries))
            self.posted += done
        return done

    def _due(self, until: Millis | None) -> list[tuple[Post, int]]:
        due = []
        with self._lock:
            while self._waiting and (until is None or self._waiting[0][0].at <= until):
                due.append(heapq.heappop(self._waiting))
        return due

    def _add(self, posts: list[Post], tries: int = 0) -> None:
        with self._lock:
            for post in posts:
                heapq.heappush(self._waiting, (post, tries))

    def _post(self, transport: Transport, posts: list[Post], tries: int) -> Posted:
        post = posts[0] if len(posts) == 1 else merged(posts)
        url = self._destination(post)
        if not url:
            return Posted(post, "nobody_listens")
        answer = transport.request("POST", url, post.headers, post.body)
        for _ in range(post.patience.again):
            if isinstance(answer, Answer) and not (answer.status >= 500 and post.patience.after_5xx):
                break
            answer = transport.request("POST", url, post.headers, post.body)
        is_heard = isinstance(answer, Answer) and answer.status < 500
        if post.provider == "sendgrid" and not is_heard and tries + 1 < _TRIES:
            self._add(posts, tries + 1)
        return Posted(post, str(answer.status) if isinstance(answer, Answer) else answer.reason)

    def _destination(self, post: Post) -> str:
        """Where it goes, which may be another address than the one that is signed, as behind a proxy."""
        if post.provider == "sendgrid" or post.url == self.listeners.replies:
            return post.url
        if not self.listeners.status:
            return post.url if _is_here(post.url) else ""
        query = urlsplit(post.url).query
        return urlunsplit(urlsplit(self.listeners.status)._replace(query=query))


def _gathered(due: list[tuple[Post, int]], batch: int) -> list[tuple[list[Post], int]]:
    """SendGrid's events that follow one another, up to `batch` of them, go together."""
    groups: list[tuple[list[Post], int]] = []
    for post, tries in due:
        last = groups[-1] if groups else ([], -1)
        is_next = len(last[0]) in range(1, batch) and last[1] == tries and last[0][0].provider == post.provider
        if is_next and post.provider == "sendgrid":
            last[0].append(post)
        else:
            groups.append(([post], tries))
    return groups


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
