"""Colours are told apart by everyone, read on their ground, and belong to their group."""

from __future__ import annotations

from itertools import combinations

import pytest
from tests.publish.charts.figures import series

from modelcensus.errors import SettingsError
from modelcensus.publish.charts.look import (
    FIXED,
    OTHERS,
    SCHEMES,
    contrast,
    get_scheme,
    ink_on,
    looks_of,
    shade,
)

FIRST = ("US", "CN", "FR", "DE", "GB", "KR", "CA", "IL")
"""The groups that most often stand side by side."""

# how an eye without one kind of cones sees linear light (Vienot, Brettel and Mollon 1999)
_SEEN = {
    "all three": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no long waves": ((0.11238, 0.88762, 0), (0.11238, 0.88762, 0), (0.00401, -0.00401, 1)),
    "no middle waves": ((0.29275, 0.70725, 0), (0.29275, 0.70725, 0), (-0.02234, 0.02234, 1)),
}


def seen(colour: str, eye: str) -> tuple[float, float, float]:
    """Return a colour as an eye sees it, as lightness and two hues (OKLab)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    r, g, b = (max(0.0, sum(k * c for k, c in zip(row, linear, strict=True))) for row in _SEEN[eye])
    roots = (
        (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3),
        (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3),
        (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3),
    )
    long, middle, short = roots
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def apart(one: str, two: str, eye: str) -> float:
    pairs = zip(seen(one, eye), seen(two, eye), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


@pytest.mark.parametrize("scheme", list(SCHEMES))
@pytest.mark.parametrize("eye", list(_SEEN))
def test_the_first_groups_are_told_apart_by_every_eye(scheme: str, eye: str) -> None:
    looks = looks_of([*FIRST[:6], "unknown"], SCHEMES[scheme])
    closest = min(apart(looks[a].colour, looks[b].colour, eye) for a, b in combinations(looks, 2))
    assert closest > 0.07


def test_two_colours_that_an_eye_cannot_tell_apart_would_be_found() -> None:
    assert apart("#5a7a00", "#a05a00", "no long waves") < apart("#5a7a00", "#a05a00", "all three")


@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_everything_is_read_on_its_ground(scheme: str) -> None:
    ground = SCHEMES[scheme]
    groups = [*FIXED, "unknown", OTHERS, *(f"L{n}" for n in range(1, 10)), *map(str, range(40))]
    groups += ["<1B", "1B-7B", "7B-20B", "20B-100B", ">=100B"]
    for group, look in looks_of(groups, ground).items():
        assert contrast(look.colour, ground.ground) >= 3, group
        assert contrast(ink_on(look.colour), look.colour) >= 4.5, group
    for text in (ground.ink, ground.dim, ground.accent):
        assert contrast(text, ground.ground) >= 4.5


@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_numbers_are_read_on_every_shade(scheme: str) -> None:
    shades = [shade(n / 50, SCHEMES[scheme]) for n in range(51)]
    assert all(contrast(ink_on(colour), colour) >= 4.5 for colour in shades)


def test_a_registered_group_has_its_colour_in_every_chart() -> None:
    alone = looks_of(["CN"], SCHEMES["light"])["CN"].colour
    for others in (["US"], ["AA", "BB", "CC"], list(FIXED)):
        assert looks_of(["CN", *others], SCHEMES["light"])["CN"].colour == alone


def test_groups_without_a_colour_of_their_own_differ_within_a_chart() -> None:
    groups = [f"family-{n}" for n in range(9)]
    looks = looks_of([*groups, "qwen", "llama"], SCHEMES["light"])
    assert len({look.colour for look in looks.values()}) == 11
    # whatever the order in which they come
    assert looks_of([*reversed(groups), "llama", "qwen"], SCHEMES["light"]) == looks


def test_shapes_and_dashes_stand_beside_colours() -> None:
    looks = looks_of(FIRST[:7], SCHEMES["print"])
    assert len({look.shape for look in looks.values()}) == 7
    assert len({look.dash for look in looks.values()}) == 7


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(SettingsError, match="no scheme 'sepia'"):
        get_scheme("sepia")


def test_the_schemes_differ_in_the_picture() -> None:
    from modelcensus.publish.charts import chart_of

    shares = {"US": [0.5, 0.4, 0.3], "CN": [0.5, 0.6, 0.7]}
    found = {chart_of(series(shares), "lines", scheme=name).svg() for name in SCHEMES}
    assert len(found) == len(SCHEMES)
