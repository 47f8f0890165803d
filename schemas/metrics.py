"""Metrics: every name that Awizo counts, once, with its meaning and what to do about it."""

from enum import StrEnum
from typing import NamedTuple


class Sort(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"  # only grows
    GAUGE = "gauge"  # goes up and down
    HISTOGRAM = "histogram"  # many values, of which shares and quantiles are asked


class Metric(NamedTuple):
    """A metric. `labels` have few values and are never personal; `remedy` is what to do when it looks bad."""

    name: str
    sort: Sort
    unit: str
    meaning: str
    remedy: str
    labels: tuple[str, ...] = ()


POSTS = Metric(
    "awizo_posts_total",
    Sort.COUNTER,
    "posts",
    "Requests to send one message, by what came of them: sent, transient (surely not taken), permanent (refused), "
    "unknown (nobody knows), configuration (ours to mend).",
    "Many `unknown`: the provider is ill; nothing is doubled, look-ups settle them. Many `permanent`: read the codes "
    "in `awizo_refusals_total`.",
    ("channel", "provider", "result"),
)
POST_SECONDS = Metric(
    "awizo_post_seconds",
    Sort.HISTOGRAM,
    "seconds",
    "How long a provider took to answer a request to send.",
    "Above a few seconds: see the provider's status page; its share falls by itself where another can take over.",
    ("channel", "provider"),
)
REFUSALS = Metric(
    "awizo_refusals_total",
    Sort.COUNTER,
    "refusals",
    "Messages that a provider refused, by its code and by whom it concerns (recipient, opted_out, message, "
    "configuration).",
    "`configuration`: run `awizo doctor`. `message`: a text of ours is wrong; preview the kind. `recipient`: addresses "
    "that cannot be reached; the next channel has taken over.",
    ("channel", "provider", "code", "whom"),
)
LIMITED = Metric(
    "awizo_limited_total",
    Sort.COUNTER,
    "answers",
    "Answers by which a provider asked us to slow down (429).",
    "Set AWIZO_SMS_PER_SECOND or AWIZO_EMAIL_PER_SECOND below the account's limit, or ask the provider for more.",
    ("channel", "provider"),
)
RETRIES = Metric(
    "awizo_retries_total",
    Sort.COUNTER,
    "tries",
    "Second and later tries of one claim, or a try at the next provider of the channel, after what surely was not "
    "taken.",
    "A steady rate means a provider that often cannot be reached: see `awizo_posts_total`.",
)
PACE_WAIT_SECONDS = Metric(
    "awizo_pace_wait_seconds",
    Sort.HISTOGRAM,
    "seconds",
    "How long a worker waited, before it claimed, for its place within the limit that all workers share.",
    "Long waits with a growing backlog: the limit is lower than the need; raise it if the account allows.",
    ("channel",),
)
UNDER_WAY = Metric(
    "awizo_posts_under_way",
    Sort.GAUGE,
    "posts",
    "Requests to send that wait for an answer in this worker.",
    "At AWIZO_CONNECTIONS all the time: the provider is slow, or more connections are needed.",
    ("channel", "provider"),
)
SHARE = Metric(
    "awizo_provider_share",
    Sort.GAUGE,
    "share (0 to 1)",
    "The part of a channel's messages that a provider is given; it falls with its errors, its slowness and what it "
    "does not deliver, and recovers by itself.",
    "Low for long: the provider is ill, or its sender is filtered; see its status page and its delivered share.",
    ("channel", "provider"),
)
BREAKER_OPEN = Metric(
    "awizo_breaker_open",
    Sort.GAUGE,
    "0 or 1",
    "1 while nothing is sent through this breaker, because something is configured wrongly. Its messages wait.",
    "Run `awizo doctor`: it names the setting. It closes by itself when a try succeeds, or by `awizo doctor --close`.",
    ("breaker",),
)
BREAKER_OPENED = Metric(
    "awizo_breaker_opened_total",
    Sort.COUNTER,
    "openings",
    "How often a breaker opened.",
    "As for `awizo_breaker_open`. Opening again and again: the try after the pause still fails.",
    ("breaker",),
)
BRAKED = Metric(
    "awizo_braked_total",
    Sort.COUNTER,
    "messages",
    "Messages parked because a shop sends far more than in its usual hour.",
    "Run `awizo brake show`: if the peak is meant, `awizo brake release`; if not, withdraw the cause first.",
    ("shop",),
)

EVENTS = Metric(
    "awizo_events_total",
    Sort.COUNTER,
    "events",
    "Entries that the pipeline has read from the log.",
    "None while shops publish: see `awizo_watermark_age_seconds` and `awizo_halted`, then `awizo doctor`.",
    ("stream",),
)
RELAYED = Metric(
    "awizo_relayed_total",
    Sort.COUNTER,
    "messages",
    "Pub/Sub messages that were pulled: `new`, put into the log, or `again`, in it already.",
    "Many `again`: acknowledgements come late; the store is slow, or Pub/Sub's ack deadline is too short.",
    ("stream", "seen"),
)
RELAY_WAIT_SECONDS = Metric(
    "awizo_relay_wait_seconds",
    Sort.GAUGE,
    "seconds",
    "How long the oldest of the messages that were relayed last had waited in Pub/Sub.",
    "Growing: the relay is behind; see the store's load and the log for `cannot be relayed`. Nothing is lost.",
    ("stream",),
)
WATERMARK_AGE = Metric(
    "awizo_watermark_age_seconds",
    Sort.GAUGE,
    "seconds",
    "How far the pipeline is behind the clock: `read` is the log that waits to be read, `handed_over` what was not yet "
    "put into ledger and views for good.",
    "Growing: the machine is too small, the store is slow, or a provider; `awizo_posts_under_way` and the store's load "
    "say which. Nothing is lost meanwhile.",
    ("source",),
)
FEED_SILENCE = Metric(
    "awizo_feed_silence_seconds",
    Sort.GAUGE,
    "seconds",
    "Since when a courier's feed was not heard of for a shop. Its stall clocks stand meanwhile; no customer is told.",
    "See whether the poller runs and whether the courier's pushes arrive at the gateway; tell the shop.",
    ("courier", "shop"),
)
HELD = Metric(
    "awizo_held_messages",
    Sort.GAUGE,
    "messages",
    "Messages in the ledger that wait for their time, for a place within the limit or for their provider.",
    "High by day: a breaker is open or a provider limits us; run `awizo doctor`.",
)
DECISIONS = Metric(
    "awizo_decisions_total",
    Sort.COUNTER,
    "decisions",
    "Last words on what could have been a message, by kind, channel and reason (`handed_over`, or why not).",
    "A reason that jumps: `awizo explain` one order that has it; `no_address`, `no_consent`: the shop's events.",
    ("kind", "channel", "reason"),
)
OUTCOMES = Metric(
    "awizo_outcomes_total",
    Sort.COUNTER,
    "outcomes",
    "What became of messages, by the ledger's states; one message may pass through several.",
    "Many `failed` or `unknown`: see `awizo_posts_total` and `awizo_refusals_total`.",
    ("channel", "state"),
)
DELIVERED_SHARE = Metric(
    "awizo_delivered_share",
    Sort.GAUGE,
    "share (0 to 1)",
    "Of the messages whose end the provider told in the last day, how many reached the customer.",
    "Falling in one country: the sender is filtered or not registered there; read the codes of `awizo explain`, ask "
    "the provider.",
    ("channel", "country", "sender"),
)
SPEND = Metric(
    "awizo_spend_total",
    Sort.COUNTER,
    "money, in the currency",
    "What sent messages cost by the shop's own price table.",
    "More than usual: `awizo brake show`; then `awizo_decisions_total` by kind.",
    ("shop", "country", "currency"),
)
UNKNOWN_CODES = Metric(
    "awizo_unknown_codes_total",
    Sort.COUNTER,
    "scans",
    "Scans whose code nobody has mapped. The parcel keeps its status.",
    "Run `awizo couriers unknown`, map the code, then `awizo redrive unknown`.",
    ("courier",),
)
DOUBT_AGE = Metric(
    "awizo_oldest_doubt_seconds",
    Sort.GAUGE,
    "seconds",
    "How long the oldest message has been in doubt: posted, and nobody knows whether it was taken.",
    "Above ten minutes: the provider's lists cannot be read; run `awizo doctor`. Nothing is sent twice.",
)
PARKED = Metric(
    "awizo_parked_messages",
    Sort.GAUGE,
    "messages",
    "Messages that wait for an operator: of a braked shop, or in a doubt that could not be settled.",
    "Run `awizo brake show` and `awizo redrive parked`.",
)
DEAD_LETTERS = Metric(
    "awizo_dead_letters_total",
    Sort.COUNTER,
    "letters",
    "What could not be used and was buried whole, by stage. `Normalize` is bad input; any other stage is our own bug.",
    "Normalize: tell the publisher what the letters say. Others: roll back or mend, then `awizo redrive dead`.",
    ("stage",),
)
HALTED = Metric(
    "awizo_halted",
    Sort.GAUGE,
    "0 or 1",
    "1 while the log is not read, because our own code failed too often.",
    "Run `awizo doctor`: it says what failed. Mend or roll back, then `awizo doctor --resume`.",
)
QUARANTINED = Metric(
    "awizo_quarantined_sources",
    Sort.GAUGE,
    "sources",
    "Sources that flooded the log with events that cannot be read; they are passed over and kept.",
    "Run `awizo doctor`, tell the publisher, then `awizo redrive source`.",
)
GATEWAY_REQUESTS = Metric(
    "awizo_gateway_requests_total",
    Sort.COUNTER,
    "requests",
    "Requests to the gateway by door (couriers, providers, mail, shops, pages, unsubscribe, health, elsewhere) and "
    "answer (2xx, 4xx, 5xx; none: the sender hung up).",
    "Many `5xx`: the store or the log does not answer; senders come again. Many `4xx`: see "
    "`awizo_gateway_refused_total`.",
    ("door", "answer"),
)
GATEWAY_REFUSED = Metric(
    "awizo_gateway_refused_total",
    Sort.COUNTER,
    "requests",
    "Requests that were refused, by door and reason: signature, unreadable, size, slow, rate, encoding, busy.",
    "`signature` from a courier or provider that was fine before: its secret was changed; see `awizo gateway --check`. "
    "`busy`: more instances are needed.",
    ("door", "reason"),
)
GATEWAY_SECONDS = Metric(
    "awizo_gateway_seconds",
    Sort.HISTOGRAM,
    "seconds",
    "How long a request took inside the gateway, by door; what was taken is durable by then.",
    "Above a second: the store is slow. Couriers give up after 3 to 5 seconds.",
    ("door",),
)
PAGES = Metric(
    "awizo_pages_total",
    Sort.COUNTER,
    "pages",
    "Customers' pages that were asked for, by door (p: a page; u: the one-click way out) and status. 404: a link that "
    "opens nothing, or no longer.",
    "Many 404: links are guessed (harmless: 59 bits), or a live run does not keep them before it sends. Many 403: "
    "forms sent by other sites.",
    ("door", "status"),
)
REPLIES = Metric(
    "awizo_replies_total",
    Sort.COUNTER,
    "answers",
    "What customers answered, by channel and by what it was: stop, start, help, words (the shop is told), nobody (no "
    "shop has this sender), machine (an automatic answer).",
    "Many `stop`: too much is sent, or at the wrong hours. `nobody`: a number at Twilio that no bundle names.",
    ("channel", "what"),
)
CALLBACKS = Metric(
    "awizo_callbacks_total",
    Sort.COUNTER,
    "words of providers",
    "What providers told of messages, by account and by what came of it: settled, stranger (none of our messages), "
    "unread (it says nothing about a message).",
    "Many `stranger`: another system sends from the same account.",
    ("provider", "what"),
)
ASKED = Metric(
    "awizo_asked_total",
    Sort.COUNTER,
    "messages",
    "Messages of which no callback told in twelve hours, by channel and what their provider said when it was asked: "
    "told (delivered or not), silent (nothing new), unreachable (asked again in an hour).",
    "Many `told`: callbacks do not reach the gateway; see `awizo gateway --check` and the URL that providers have.",
    ("channel", "answer"),
)

METRICS = (
    EVENTS,
    RELAYED,
    RELAY_WAIT_SECONDS,
    WATERMARK_AGE,
    FEED_SILENCE,
    HELD,
    DECISIONS,
    OUTCOMES,
    DELIVERED_SHARE,
    SPEND,
    UNKNOWN_CODES,
    DOUBT_AGE,
    PARKED,
    DEAD_LETTERS,
    HALTED,
    QUARANTINED,
    POSTS,
    POST_SECONDS,
    REFUSALS,
    LIMITED,
    RETRIES,
    PACE_WAIT_SECONDS,
    UNDER_WAY,
    SHARE,
    BREAKER_OPEN,
    BREAKER_OPENED,
    BRAKED,
    GATEWAY_REQUESTS,
    GATEWAY_REFUSED,
    GATEWAY_SECONDS,
    REPLIES,
    CALLBACKS,
    ASKED,
    PAGES,
)
"""All there are."""


def document() -> str:
    """`METRICS.md`: a table of all metrics."""
    lines = [
        "# Metrics",
        "",
        "Generated by `awizo schemas`. Labels have few values and are never personal.",
        "",
        "| metric | sort, unit | labels | what it means | what to do |",
        "|---|---|---|---|---|",
    ]
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        about = f"{metric.sort}, {metric.unit}"
        lines.append(f"| `{metric.name}` | {about} | {labels} | {metric.meaning} | {metric.remedy} |")
    return "\n".join(lines) + "\n"
