"""Figures as charts: one spec each, drawn as SVG, PNG and PDF, and interactive in a browser."""

from __future__ import annotations

from modelcensus.publish.charts.bundle import browser_bundle
from modelcensus.publish.charts.chart import Chart, Event, chart_of
from modelcensus.publish.charts.kinds import chart_kinds

__all__ = ["Chart", "Event", "browser_bundle", "chart_kinds", "chart_of"]
