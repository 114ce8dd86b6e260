"""One open release as the site sees it: figures, charts, models, claims, each kept once made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow.parquet as pq

from modelcensus.claims.article import Statement, read_article
from modelcensus.claims.ledger import ClaimResult, check_claims
from modelcensus.clock import Clock
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.registry import get_measure
from modelcensus.contracts.vet_contract import VetContract
from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.errors import Busy, LimitExceeded
from modelcensus.measures.census import Census
from modelcensus.passports.passport import Passport
from modelcensus.passports.read import read_passport
from modelcensus.publish.charts.pool import ChartPool
from modelcensus.publish.charts.pool_worker import Drawn
from modelcensus.registers.load import Registers, load_registers
from modelcensus.releases.directory import Directory, open_directory
from modelcensus.releases.lookup import Lookup, open_lookup
from modelcensus.releases.release import Release, open_release, release_file
from modelcensus.releases.status import freshness
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.version import VERSION
from modelcensus.vet.vet import Vet
from modelcensus.web.assets import CHARTS, asset_sum, get_asset
from modelcensus.web.kept import Gate, Kept, Turns

PASSPORTS = 256
"""Passports that are kept."""

_ONE = "one"

LazyPool = Callable[[], ChartPool]
"""The processes that draw charts; they are started when first asked for."""


class Site:
    """A release with everything that pages need of it; threads may share it."""

    def __init__(
        self, store: Store, release: str, settings: Settings, clock: Clock, pool: LazyPool
    ) -> None:
        """Open a release, the newest by default; models and claims are read when asked for.

        Raises:
            StoreError: the store holds no release.
            UnknownName: it holds none of that name.
        """
        self.store, self.settings, self.clock, self.pool = store, settings, clock, pool
        self.release = open_release(store, release, settings=settings)
        self.census = _SharedCensus(self.release, self)
        self.name = self.release.name
        self.gate = Gate(int(settings.web_waiting), settings.web_seconds)
        self._engine = Turns()
        self._opening = threading.Lock()
        self._figures: Kept[str, Figure] = Kept(int(settings.web_figures), self.gate)
        self._tests: Kept[str, VetFigure] = Kept(int(settings.web_figures), self.gate)
        self._passports: Kept[tuple[str, str], Passport] = Kept(PASSPORTS, self.gate)
        self._ledger: Kept[str, list[ClaimResult]] = Kept(1, self.gate)
        self._article: Kept[str, list[Statement]] = Kept(1, self.gate)
        self._lookup: Lookup | None = None
        self._directory: Directory | None = None

    def figure(self, contract: Contract) -> Figure:
        """Return the figure of a definition.

        Raises:
            ContractError, UnknownName: the release cannot carry it.
            Busy: too much is asked at once.
        """
        return self._figures.get(contract.id, lambda: self._computed(contract))

    def _computed(self, contract: Contract) -> Figure:
        with self._engine.turn():
            return Census(self.release).figure(contract)

    def security(self, contract: VetContract) -> VetFigure:
        """Return the figure of a definition of security tests.

        Raises:
            ContractError, UnknownName: the release cannot carry it.
            VetError: two logs disagree about one case.
            Busy: too much is asked at once.
        """
        return self._tests.get(contract.id, lambda: self._tested(contract))

    def _tested(self, contract: VetContract) -> VetFigure:
        with self._engine.turn():
            return Vet(self.release).figure(contract)

    def draw(self, figure: Figure, kind: str = "", **options: Any) -> Drawn:
        """Return a figure's chart; options are those of `ChartPool.draw`.

        Raises:
            ContractError: no chart fits it.
            LimitExceeded: it has more rows than are drawn.
            Busy: too many charts wait, or this one takes too long.
        """
        if len(figure.rows) > self.settings.chart_rows:
            raise LimitExceeded(
                f"{len(figure.rows):,} rows are not drawn", next_step="ask the table"
            )
        try:
            with self.gate.place():
                return self.pool().draw(figure, kind, **options)
        except LimitExceeded as error:
            raise Busy(error.what, where=error.where) from error

    @property
    def lookup(self) -> Lookup:
        """Return the look-up file, written first where it is missing."""
        with self._opening:
            if self._lookup is None:
                self._lookup = open_lookup(self.store, self.name, settings=self.settings)
            return self._lookup

    @property
    def directory(self) -> Directory:
        """Return the directory of models, written first where it is missing."""
        with self._opening:
            if self._directory is None:
                self._directory = open_directory(self.store, self.name, settings=self.settings)
            return self._directory

    def passport(self, model_id: str, hub: str = "") -> Passport:
        """Return a model's passport.

        Raises:
            UnknownName: there is none of that name; the nearest ones are given.
        """
        lookup = self.lookup
        return self._passports.get(
            (model_id, hub),
            lambda: read_passport(lookup, model_id, hub=hub, settings=self.settings),
        )

    def ledger(self) -> list[ClaimResult]:
        """Return every published claim with its verdict; the first time this takes a while."""
        return self._ledger.get(_ONE, self._judged)

    def ledger_if_ready(self) -> list[ClaimResult] | None:
        """Return the claims if they are judged already."""
        return self._ledger.peek(_ONE)

    def _judged(self) -> list[ClaimResult]:
        return check_claims(self.census, self.registers, tests=self.security)

    def statements(self) -> list[Statement]:
        """Return the founding article's statements, each with what these data say of it."""
        results = self.ledger()
        return self._article.get(_ONE, lambda: self._read(results))

    def _read(self, results: list[ClaimResult]) -> list[Statement]:
        return list(read_article(self.census, judged=results))

    @cached_property
    def registers(self) -> Registers:
        """Return the bundled registers: claims and corrections are read from them."""
        return load_registers()

    def register(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a register as the release was built with it, in order."""
        return self.table(f"registers/{name}")

    def table(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a small table of the release, in order.

        The engine has no part in it: a page that needs names does not wait for a figure.
        """
        file = release_file(self.release.path, self.release.manifest, f"{name}.parquet")
        rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
        return sorted(
            rows, key=lambda row: [(v is None, "" if v is None else v) for v in row.values()]
        )

    @cached_property
    def developers(self) -> Mapping[str, dict[str, Any]]:
        """Return the developer register by slug, natural persons included."""
        return {row["developer"]: row for row in self.register("developers")}

    @cached_property
    def is_simulated(self) -> bool:
        """Return whether any snapshot of the release was generated."""
        return any(snapshot.is_simulated for snapshot in self.release.snapshots)

    @cached_property
    def asset_version(self) -> str:
        """Return what stands behind the addresses of style sheet and scripts."""
        return asset_sum()

    def has_page(self, developer: str) -> bool:
        """Return whether a developer has a page: registered, and no natural person."""
        row = self.developers.get(developer)
        return row is not None and row["developer_type"] != "individual"

    @cached_property
    def countries(self) -> Mapping[str, str]:
        """Return the names of countries by code."""
        return {row["country"]: row["name"] for row in self.register("countries")}

    @cached_property
    def families(self) -> Mapping[str, dict[str, Any]]:
        """Return one row of the family register for each family."""
        return {row["family"]: row for row in reversed(self.register("families"))}

    @cached_property
    def collected(self) -> Mapping[tuple[str, str], tuple[datetime, str]]:
        """Return instant and status of the newest snapshot of each (hub, frame) of the release."""
        ids = {snapshot["id"] for snapshot in self.release.manifest["snapshots"]}
        newest: dict[tuple[str, str], tuple[datetime, str]] = {}
        for found in self.store.snapshots():
            if found.id in ids:
                key = (found.hub, found.frame)
                mine = (found.instant, found.status)
                newest[key] = max(newest.get(key, mine), mine)
        return newest

    def freshness(self) -> str:
        """Return the gravest state of a frame: red, amber, fresh or dated."""
        now = self.clock.now()
        states = {
            freshness(status, (now - instant).total_seconds() / 86_400, self.settings)
            for instant, status in self.collected.values()
        }
        return next((s for s in ("red", "amber", "fresh") if s in states), "dated")

    def seal(self, state: str) -> str:
        """Return what a kept answer hangs on: release, version of the tool, freshness."""
        return f"{self.name}/{VERSION}/{state}"

    def is_settled(self, path: str) -> bool:
        """Return whether a page is what it will always be: `/` shows verdicts once they are there.

        The state of the data is that of this moment.
        """
        if path == "/status":
            return False
        return path != "/" or self.ledger_if_ready() is not None

    def warm(self) -> None:
        """Make what is slow the first time, so that no reader waits for it."""
        with self._engine.background():
            _ = (self.lookup, self.directory)
            self.statements()
            get_asset(CHARTS)

    def close(self) -> None:
        """Close what is open; what is being computed is given up, and whoever waits is told."""
        self._engine.end(self.release.engine.interrupt)
        self.release.close()
        for opened in (self._lookup, self._directory):
            if opened is not None:
                opened.close()


class _SharedCensus(Census):
    """A census whose figures are those of the site: kept, and computed one at a time.

    What judges a hundred claims then stands in nobody's way for longer than one figure.
    """

    def __init__(self, release: Release, site: Site) -> None:
        super().__init__(release)
        self._site = site

    def figure(self, contract: Contract) -> Figure:
        get_measure(contract.measure).check(contract)
        return self._site.figure(contract)
