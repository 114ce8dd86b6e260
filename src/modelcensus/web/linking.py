"""Who reads, and how addresses look to them: pinned to a release, in a theme, on a static site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from modelcensus.web.site import Site

PLACES = {"country": "/countries/", "developer": "/developers/"}
"""Groupings whose groups have pages of their own."""

MODEL_COLUMNS = ("model_id", "largest_model", "without", "model")
"""Columns of figures that hold names of models."""

NO_PAGE = ("", "unknown", "unresolvable", "international", "none")


@dataclass(frozen=True)
class Reader:
    """One request as views see it.

    Attributes:
        site: the open release.
        path: what is asked, without the pinned release and without the query.
        query: the query as it came.
        base: what stands before every path: `/r/RELEASE` on pinned pages.
        theme: light or dark where the address names one.
        is_static: whether the page is written to a file; forms are left out.
        is_embedded: whether only the figure is shown.
    """

    site: Site
    path: str
    query: str = ""
    base: str = ""
    theme: str = ""
    is_static: bool = False
    is_embedded: bool = False

    @property
    def is_pinned(self) -> bool:
        """Return whether the address names its release: such a page never shows an age."""
        return bool(self.base)

    @property
    def here(self) -> str:
        """Return the address of this page."""
        return f"{self.base}{self.path}{'?' if self.query else ''}{self.query}"

    def link(self, path: str, **query: Any) -> str:
        """Return an address within the site; a theme that was asked for is kept."""
        pairs = [(k, str(v)) for k, v in query.items() if v not in ("", None)]
        if self.theme and "theme=" not in path and self.theme != "print":
            pairs.append(("theme", self.theme))
        if not pairs:
            return f"{self.base}{path.rstrip('?')}"
        joint = "" if path.endswith("?") else "&" if "?" in path else "?"
        return f"{self.base}{path}{joint}{urlencode(pairs)}"

    def asset(self, path: str) -> str:
        """Return the address of a file that all releases share; it changes with the tool."""
        return f"{path}?v={self.site.asset_version}"

    def turned(self, **query: Any) -> str:
        """Return the address of this page with some parameters changed."""
        pairs = [(k, v) for k, v in parse_qsl(self.query) if k not in query]
        pairs += [(k, str(v)) for k, v in query.items() if v not in ("", None)]
        return f"{self.base}{quote(self.path)}{'?' if pairs else ''}{urlencode(pairs)}"

    def outside(self, path: str) -> str:
        """Return an address for outside: whole where the site knows its own."""
        return f"{self.site.settings.public_url.rstrip('/')}{path}"

    def model(self, model_id: str) -> str:
        """Return the address of a model's passport."""
        return self.link(f"/models/{quote(model_id, safe='/')}")

    def link_of(self, by: str, column: str, value: Any) -> str:
        """Return where a cell of a figure leads; empty where nowhere."""
        if not isinstance(value, str) or value in NO_PAGE:
            return ""
        if column in MODEL_COLUMNS and "/" in value:
            return self.model(value)
        if column == "group" and by in PLACES:
            return self.group(by, value)
        return ""

    def group(self, by: str, group: str) -> str:
        """Return the page of a group; empty where it has none."""
        if group in NO_PAGE or by not in PLACES:
            return ""
        if by == "developer" and not self.site.has_page(group):
            return ""
        if by == "country" and group not in self.site.countries:
            return ""
        return self.link(PLACES[by] + quote(group, safe=""))
