"""Views by room: each prepares what its pages show, and its templates lay it out."""

from __future__ import annotations

from modelcensus.web.views import (
    api,
    article,
    claims,
    countries,
    data,
    developers,
    families,
    figures,
    home,
    lineage,
    models,
    search,
    security,
    shortlist,
    stories,
    world,
)

ROUTERS = tuple(
    room.router
    for room in (
        home,
        article,
        countries,
        families,
        developers,
        models,
        lineage,
        stories,
        security,
        shortlist,
        world,
        claims,
        data,
        search,
        api,
        figures,
    )
)
