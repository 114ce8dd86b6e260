"""Figures on a terminal: the finding, a table, and as loudly what it hangs on and does not show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from modelcensus.contracts.figure import Figure, percent, show
from modelcensus.publish.formats import show_nested
from modelcensus.publish.spread_text import draw_curve, spread_notes, spread_table

SHARE_COLUMNS = (
    *("share_of_all", "share_of_attributed", "largest_share", "unknown_share"),
    *("cr1", "cr10", "cr100"),
)
ROWS = 30
"""Rows drawn; the others are in --format csv, json or parquet."""


def draw_figure(figure: Figure, out: Console, words: Console) -> None:
    """Draw a figure: rows to `out`, everything said about them to `words`."""
    if figure.is_simulated:
        words.print("[bold red]SIMULATED DATA[/]: nothing here is about real models")
    words.print(f"[bold]{escape(figure.finding)}[/]")
    if figure.contract.measure == "spread":
        draw_curve(figure, out)
        out.print(spread_table(figure))
        words.print(f"[dim]all {len(figure.rows)} definitions: --format csv, json or parquet[/]")
    else:
        out.print(figure_table(figure))
    if len(figure.rows) > ROWS and figure.contract.measure != "spread":
        words.print(f"[dim]{len(figure.rows) - ROWS} more rows: --format csv, json or parquet[/]")
    draw_notes(figure, words)


def draw_notes(figure: Figure, words: Console) -> None:
    """Draw what is said beside the rows of a figure."""
    for line in notes(figure):
        words.print(line, soft_wrap=False)


def figure_table(figure: Figure) -> Table:
    """Return the first rows as a table; shares in per cent."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in figure.columns:
        numeric = column.unit != "" or column.name == "rank"
        header = f"{column.name} (%)" if is_share(column.name) else column.name
        table.add_column(escape(header), justify="right" if numeric else "left", overflow="fold")
    for row in figure.records()[:ROWS]:
        table.add_row(*(escape(cell_text(name, value)) for name, value in row.items()))
    return table


def is_share(name: str) -> bool:
    """Return whether a column is drawn in per cent."""
    return name in SHARE_COLUMNS or name == "gap" or name.startswith("share_of_")


def notes(figure: Figure) -> Iterable[str]:
    """Yield the lines below a table, marked up."""
    yield from _coverage(figure)
    yield from _bounds(figure)
    yield from _hangs_on(figure)
    if figure.contract.measure == "spread":
        yield from spread_notes(figure)
    if overlay := figure.details.get("overlay"):
        yield f"[magenta]overlay[/]   {escape(overlay['finding'])}"
        for step in overlay["steps"]:
            yield f"[magenta]moved by[/]  {escape(step['what'])}: {escape(step['group'])}"
    yield from _events(figure)
    for caveat in figure.caveats:
        yield f"[yellow]note[/]      {escape(caveat)}"
    for text in figure.does_not_show:
        yield f"[dim]not shown[/] {escape(text)}"
    yield f"[dim]cite[/]      {escape(figure.cite())}"


def _events(figure: Figure) -> Iterable[str]:
    """Yield the events that a chart of the figure marks, and how many it does not."""
    events = figure.details.get("events")
    if not events:
        return
    for event in events["listed"]:
        if event["is_drawn"]:
            day = event["date"][:7] if event["precision"] == "month" else event["date"]
            yield f"[blue]event[/]     {day} {escape(event['title'])}"
    more = f"{events['not_drawn']} more in this time; " if events["not_drawn"] else ""
    yield f"[blue]events[/]    {more}{escape(events['note'])}"


def _coverage(figure: Figure) -> Iterable[str]:
    coverage = figure.coverage
    if "text" in coverage:
        yield f"[cyan]coverage[/]  {escape(coverage['text'])}"
        return
    known = coverage.get("attributed_share")
    text = f"frame {coverage['frame']} on {coverage['hub']}, {coverage['models']:,} models"
    if known is not None:
        text += f", {percent(known)} of the metric attributed"
    if coverage.get("models_without_count"):
        text += f", {coverage['models_without_count']:,} without a count"
    yield f"[cyan]coverage[/]  {escape(text)}"


def _bounds(figure: Figure) -> Iterable[str]:
    hub = figure.bounds.get("hub_wide", {})
    if hub.get("status") == "unknown here":
        yield f"[cyan]bounds[/]    on the whole hub: unknown here ({escape(hub['why'])})"
    groups = figure.sensitivity.get("headline_groups") or list(hub.get("groups", {}))[:2]
    yield from _within(figure, groups)
    for group in groups:
        if group in hub.get("groups", {}):
            low, high = hub["groups"][group]
            yield (
                f"[cyan]bounds[/]    {escape(group)} on the whole hub: between {percent(low)} and "
                f"{percent(high)} (hub total of {hub['hub_total_observed_on']})"
            )


def _within(figure: Figure, groups: Sequence[str]) -> Iterable[str]:
    """Yield worst cases and interval estimates of groups, where the frame leaves anything open."""
    worst = figure.bounds.get("within_frame", {})
    interval = figure.bounds.get("interval", {})
    of_attributed = figure.contract.denominator == "attributed"
    likely = interval.get("groups_of_attributed" if of_attributed else "groups", {})
    for group in groups:
        if group not in worst or worst[group][1] - worst[group][0] < _PLAIN:
            continue
        low, high = worst[group]
        text = f"{group} in the frame: between {percent(low)} and {percent(high)} at worst"
        if group in likely:
            low, high = likely[group]
            text += f"; {percent(interval['level'], 0)} interval {percent(low)} to {percent(high)}"
            text += ", under its assumptions"
        yield f"[cyan]bounds[/]    {escape(text)}"


_PLAIN = 0.0005
"""A range that no printed digit shows."""


def _hangs_on(figure: Figure) -> Iterable[str]:
    sensitivity = figure.sensitivity
    if row := sensitivity.get("hangs_on"):
        shares = ", ".join(f"{g} {percent(s)}" for g, s in row["shares"].items())
        yield (
            f"[magenta]hangs on[/]  register row {escape(row['row_id'])}: it carries "
            f"{percent(row['share_moved'])}; read as {escape(row['alternative'])}: "
            f"{escape(shares)}. {escape(row['because'])}"
        )
    for reading in sensitivity.get("readings", ())[1:]:
        shares = ", ".join(f"{g} {percent(s)}" for g, s in reading["shares"].items())
        yield f"[magenta]also[/]      {escape(reading['reading'])}: {escape(shares)}"
    models = sensitivity.get("leave_one_model_out")
    if models:
        top = models[0]
        shares = ", ".join(f"{g} {percent(s)}" for g, s in top["shares"].items())
        named = f"{escape(top['without'])} ({top['value']:,.0f})"
        yield f"[magenta]without[/]   {named}: {escape(shares)}"
    if beside := sensitivity.get("beside"):
        yield from _beside(beside)


def _beside(beside: dict[str, Any]) -> Iterable[str]:
    if "rows" not in beside:
        yield f"[magenta]beside[/]    by {beside['by']}: {escape(beside['why'])}"
        return
    for row in beside["rows"]:
        span = f"{row['after'] or 'before the first snapshot'} to {row['by'] or 'never'}"
        yield f"[magenta]beside[/]    by {beside['by']}, {row['rule']}: {span}"
    for side in beside["difference"]:
        for key in (k for k in side if k.startswith("only_by_")):
            found = side[key]
            if found["models"]:
                names = ", ".join(
                    f"{m['model_id']} (up to {show(m['largest_value'])})"
                    for m in found["largest"][:3]
                )
                yield (
                    f"[magenta]differs[/]   {found['models']} model(s) {key.replace('_', ' ')}: "
                    f"{escape(names)}"
                )


def cell_text(name: str, value: Any) -> str:
    """Return a cell as people read it: shares in per cent, other numbers grouped."""
    if is_share(name):
        return "" if value is None else f"{100 * value:.2f}"
    if isinstance(value, float) and value.is_integer():
        return f"{value:,.0f}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return show_nested(value)


def bars(
    rows: Sequence[tuple[str, str, float]], width: int, *, ascii_only: bool = False
) -> Iterable[str]:
    """Yield horizontal bars: (label, style, value) each, to one scale that starts at zero."""
    largest = max((value for _, _, value in rows), default=0) or 1
    margin = max((len(label) for label, _, _ in rows), default=0)
    full = "#" if ascii_only else "█"
    for label, style, value in rows:
        length = round(value / largest * width)
        # the label is padded before it is escaped: what escapes it takes no room
        shown = escape(f"{label:<{margin}}")
        yield f"{shown} [{style}]{full * length}[/] [dim]{value / 1e6:.1f} M[/]"
