"""The open releases of a service: the served one, and a few that addresses are pinned to."""

from __future__ import annotations

import threading
from collections import OrderedDict

from modelcensus.clock import Clock
from modelcensus.publish.charts.pool import ChartPool
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.web.site import Site


class Sites:
    """Releases of one store; they share the processes that draw charts."""

    def __init__(self, store: Store, release: str, settings: Settings, clock: Clock) -> None:
        """Open the release that is served, the newest by default.

        Raises:
            StoreError: the store holds no release.
            UnknownName: it holds none of that name.
        """
        self.store, self.settings, self.clock = store, settings, clock
        self._lock = threading.Lock()
        self._pool: ChartPool | None = None
        self._pinned: OrderedDict[str, Site] = OrderedDict()
        self.newest = Site(store, release, settings, clock, self.pool)

    def pool(self) -> ChartPool:
        """Return the processes that draw charts."""
        with self._lock:
            if self._pool is None:
                self._pool = ChartPool(self.settings)
            return self._pool

    def named(self, release: str) -> Site:
        """Return a release by name; it is opened if it is in the store.

        Raises:
            UnknownName: it is not.
        """
        if release == self.newest.name:
            return self.newest
        with self._lock:
            if release in self._pinned:
                self._pinned.move_to_end(release)
                return self._pinned[release]
            opened = Site(self.store, release or "?", self.settings, self.clock, self.pool)
            self._pinned[release] = opened
            while len(self._pinned) > self.settings.web_releases:
                # whoever still reads from it keeps it until the answer is there
                self._pinned.popitem(last=False)
            return opened

    def close(self) -> None:
        """Close every release and the processes."""
        if self._pool is not None:
            self._pool.close(self.settings.web_stop_seconds)
        for site in (self.newest, *self._pinned.values()):
            site.close()
