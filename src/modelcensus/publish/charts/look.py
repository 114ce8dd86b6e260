"""How charts look: three schemes, and one colour, shape and dash for each group, everywhere."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from modelcensus.contracts.vocabulary import UNASSIGNED, UNKNOWN
from modelcensus.errors import SettingsError

OTHERS = "(others)"
"""Group of the groups that a chart puts together."""


@dataclass(frozen=True)
class Scheme:
    """Colours of what is not data, and how data are drawn besides.

    Attributes:
        name: light, dark or print.
        ground: behind everything.
        ink: titles and labels.
        dim: axes and notes.
        grid: lines of the grid.
        accent: what is to be seen first: crossings, the watermark.
        line_width: of lines of data.
    """

    name: str
    ground: str
    ink: str
    dim: str
    grid: str
    accent: str
    line_width: float


SCHEMES = {
    s.name: s
    for s in (
        Scheme("light", "#ffffff", "#1c2127", "#545d68", "#e3e6ea", "#a3241c", 2.25),
        Scheme("dark", "#161b22", "#e8edf2", "#a4aeb9", "#2f3742", "#ff8f85", 2.25),
        Scheme("print", "#ffffff", "#000000", "#3d3d3d", "#d6d6d6", "#000000", 1.75),
    )
}

_HUES = {
    "blue": ("#1450a8", "#3a9afb"),
    "vermilion": ("#bd4b22", "#f07915"),
    "green": ("#1e7c61", "#90eab2"),
    "ochre": ("#a29140", "#f7c21b"),
    "sky": ("#0474a4", "#6fd0fb"),
    "pink": ("#692c62", "#c24aaf"),
    "wine": ("#690025", "#e84c60"),
    "indigo": ("#5a47a3", "#8b71e8"),
    "olive": ("#7a7524", "#a4b262"),
    "brown": ("#7d3a01", "#b2754f"),
    "teal": ("#0ea289", "#2dbea8"),
    "violet": ("#944daf", "#d690f7"),
}
"""Hue -> its colour on light and on dark ground, chosen so that eyes without one kind of cones
tell the first seven and the grey of `unknown` apart, and each has a contrast of 3 at least."""

_GREYS = {UNKNOWN: ("#868e96", "#8f99a3"), OTHERS: ("#474f58", "#6d7782")}
_ALSO_GREY = {"unresolvable": UNKNOWN, UNASSIGNED: OTHERS, "none": UNKNOWN, "L8": UNKNOWN}

FIXED = {
    # countries of developers
    **{"US": "blue", "CN": "vermilion", "FR": "green", "DE": "ochre", "GB": "sky", "KR": "pink"},
    **{"CA": "wine", "IL": "indigo", "AE": "olive", "JP": "teal", "international": "brown"},
    **{"IN": "violet", "SG": "teal", "TW": "olive", "CH": "wine", "HK": "brown", "FI": "indigo"},
    # ATOM's own regions
    **{"us": "blue", "china": "vermilion", "eu": "green", "other": "brown"},
    # families and their developers
    **{"qwen": "vermilion", "llama": "blue", "mistral": "green", "gemma": "sky"},
    **{"deepseek": "ochre", "phi": "pink", "glm": "violet", "bert": "teal", "gpt-oss": "indigo"},
    **{"kimi": "wine", "gpt": "brown", "t5": "olive", "clip": "wine", "bge": "olive"},
    **{"sentence-transformers-1b": "violet", "sentence-transformers": "pink"},
    **{"roberta": "brown", "distilbert": "green", "bart": "ochre", "xlm-roberta": "sky"},
    **{"electra": "indigo", "vit": "wine", "nemotron": "green", "granite": "indigo"},
    **{"alibaba": "vermilion", "meta": "blue", "google": "sky", "mistral-ai": "green"},
    **{"microsoft": "pink", "openai": "indigo"},
    **{"deepseek-ai": "ochre", "ukp-lab": "ochre", "hugging-face": "brown"},
    **{"Qwen": "vermilion", "meta-llama": "blue", "mistralai": "green"},
    **{"google-bert": "teal", "facebook": "wine", "FacebookAI": "brown", "BAAI": "olive"},
    **{"baai": "olive", "nvidia": "violet", "salesforce": "teal", "zhipu-ai": "wine"},
    # developer types
    **{"industry": "blue", "academia": "ochre", "non-profit": "green", "government": "wine"},
    **{"community": "pink", "redistributor": "brown", "individual": "violet"},
    # what declared terms along an edge say
    **{"compatible": "blue", "fewer declared duties than the base": "ochre"},
    **{"declared terms disagree": "vermilion"},
    # two ways to look at one frame
    **{"of_the_day": "blue", "fixed": "vermilion"},
}
"""Group -> hue, in every chart. The greys are for what is unknown and what is put together."""

_ORDERED = {
    "L1": ("#08519c", "#9ecbff"),
    "L2": ("#2f7fc1", "#6aaef5"),
    "L3": ("#46908f", "#4fb3b0"),
    "L4": ("#9c8a1e", "#d8c352"),
    "L5": ("#c87a12", "#f5a742"),
    "L6": ("#b7430f", "#f27a4a"),
    "L7": ("#7a1f1f", "#c95b5b"),
    "L9": ("#59626c", "#6d7782"),
    "<1B": ("#5c97cc", "#3f78ab"),
    "1B-7B": ("#3b82c0", "#5a93c9"),
    "7B-20B": ("#226aa8", "#7ab0e2"),
    "20B-100B": ("#12507f", "#9ccdf5"),
    ">=100B": ("#072f52", "#c9e6ff"),
}
"""Groups in an order: one hue that darkens, or one that turns from permissive to forbidding."""

DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 2], [12, 4], [2, 4], [7, 2, 2, 2, 2, 2])
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")


@dataclass(frozen=True)
class Look:
    """How one group is drawn: colours alone never tell groups apart.

    Shapes stand beside colours everywhere; lines have dashes, too, where they are printed.
    """

    colour: str
    shape: str
    dash: tuple[int, ...]


def get_scheme(name: str) -> Scheme:
    """Return a scheme by name.

    Raises:
        SettingsError: there is none of that name.
    """
    if name not in SCHEMES:
        raise SettingsError(f"no scheme {name!r}", next_step=f"one of: {', '.join(SCHEMES)}")
    return SCHEMES[name]


def looks_of(groups: Iterable[str], scheme: Scheme) -> dict[str, Look]:
    """Return how each group is drawn.

    A registered group always has its own colour. Others get a colour by their name; where that
    one is taken in this chart the next free one, in order of their names.
    """
    place = 1 if scheme.name == "dark" else 0
    ordered = sorted(set(groups))
    taken = {FIXED[g] for g in ordered if g in FIXED}
    found: dict[str, Look] = {}
    for number, group in enumerate(ordered):
        colour = _grey(group, place) or _own(group, place)
        if not colour:
            hue = _free_hue(group, taken)
            taken.add(hue)
            colour = _HUES[hue][place]
        dash = tuple(DASHES[number % len(DASHES)]) if scheme.name == "print" else ()
        found[group] = Look(colour, SHAPES[number % len(SHAPES)], dash)
    return found


def _grey(group: str, place: int) -> str:
    kind = _ALSO_GREY.get(group, group)
    return _GREYS[kind][place] if kind in _GREYS else ""


def _own(group: str, place: int) -> str:
    if group in _ORDERED:
        return _ORDERED[group][place]
    return _HUES[FIXED[group]][place] if group in FIXED else ""


def _free_hue(group: str, taken: set[str]) -> str:
    hues = list(_HUES)
    first = zlib.crc32(group.encode()) % len(hues)
    rotated = hues[first:] + hues[:first]
    return next((hue for hue in rotated if hue not in taken), rotated[0])


def shade(part: float, scheme: Scheme) -> str:
    """Return a colour between the ground and a strong blue; `part` from 0 to 1 says how far.

    The root of the part is taken, so that small parts differ, too.
    """
    strong = {"dark": "#7cc0ff", "print": "#1a1a1a"}.get(scheme.name, "#08467d")
    weak = {"dark": "#22303f", "print": "#efefef"}.get(scheme.name, "#e4eef7")
    amount = max(0.0, min(1.0, part)) ** 0.5
    pairs = zip(_channels(weak), _channels(strong), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * amount):02x}" for a, b in pairs)


def ink_on(colour: str) -> str:
    """Return black or white, whichever is read better on a colour."""
    light = luminance(colour)
    return "#000000" if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else "#ffffff"


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, from 0 to 1, as WCAG 2 defines it."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(two)))
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
