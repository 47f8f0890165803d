"""A shop's colour made readable: as a ground with its ink, and as ink of its own on light and dark pages."""

from templates.letter import ink_on, luminance

LIGHT, DARK = "#ffffff", "#1c2026"
"""The grounds that links and buttons lie on, as `page.css` has them."""

_ENOUGH = 4.8
"""A contrast that WCAG 2.2 AA calls enough for text is 4.5; a little more, for what rounding takes."""

_STEPS = 20


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(color: str, ground: str) -> str:
    """The colour itself, or the nearest of its shades towards black or white that is read easily on the ground."""
    towards = "#000000" if ink_on(ground) == "#000000" else "#ffffff"
    shades = (mixed(color, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((shade for shade in shades if contrast(shade, ground) >= _ENOUGH), towards)


def mixed(color: str, other: str, share: float) -> str:
    """The colour with a share (0 to 1) of another in it."""
    channels = (
        _channel(color, place) + (_channel(other, place) - _channel(color, place)) * share for place in (1, 3, 5)
    )
    return "#" + "".join(f"{round(channel):02x}" for channel in channels)


def _channel(color: str, place: int) -> int:
    return int(color[place : place + 2], 16)


def palette(color: str) -> dict[str, str]:
    """The colours of a shop's pages, by the names that `page.css` uses."""
    ground = color.lower()
    return {
        "brand": ground,
        "ink": ink_on(ground),
        "accent": readable(ground, LIGHT),
        "accent_dark": readable(ground, DARK),
    }
