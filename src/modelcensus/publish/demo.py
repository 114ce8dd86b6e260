"""The demo: the bundled sample becomes a release and answers the article's first questions."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from modelcensus.contracts.figure import Figure, percent
from modelcensus.measures.census import Census
from modelcensus.publish.terminal import bars, figure_table
from modelcensus.registers.load import Row, load_registers
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.sample.load import import_sample, sample_sources
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

FRAME = "panel:osir"


def run_demo(store: Store, settings: Settings, out: Console) -> None:
    """Import the sample, build a release, and print what it says and what it does not.

    Raises:
        StoreError: the store cannot be written to.
    """
    out.rule("[bold]Open Model Census: a demonstration on real data")
    sample = import_sample(store, settings)
    out.print(f"[dim]bundled sample: {sample.rows:,} rows of real, dated facts from[/]")
    for line in sample_sources(sample):
        out.print(f"[dim]  {escape(line)}[/]", soft_wrap=True)
    report = build_release(store, settings)
    out.print(f"[dim]release {report.name} in {escape(str(report.path))}[/]\n")
    with Census(open_release(store, report.name, settings=settings)) as census:
        _shares(census, out)
        _ranks(census, out)
        _crossing(census, out)
        _totals(census, out)
    _next(store, out)


def _shares(census: Census, out: Console) -> None:
    out.rule("[bold]1. Whose models are downloaded: China or the United States?", align="left")
    out.print("Published, all called a share of downloads on the same site:")
    for china, states in _published_pairs("CN", "US"):
        values = "   ".join(f"{row['subject']} {_value(row):>7}" for row in (china, states))
        out.print(
            f"  {values}   {escape(china['scope'])} [dim]({escape(china['source'])})[/]",
            soft_wrap=True,
        )
    figure = census.share("CN", "US", by="country", frame=FRAME)
    out.print("\nComputed here, from a panel of tracked accounts:")
    for reading in figure.sensitivity["readings"]:
        _reading(out, reading["reading"], reading["shares"])
    hangs = figure.sensitivity["hangs_on"]
    if hangs:
        shares = {g: hangs["shares"][g] for g in ("CN", "US")}
        _reading(out, f"if {hangs['subject']} is read as {hangs['alternative']}", shares)
    hub = figure.bounds["hub_wide"]
    for group, (low, high) in hub["groups"].items():
        if group in ("CN", "US"):
            out.print(
                f"  on the whole Hub, {group} lies between {percent(low)} and {percent(high)}"
            )
    out.print(f"\n[bold]{escape(figure.finding)}[/]")
    out.print(
        f"It hangs most on one register row: {escape(hangs['row_id'])}. "
        f"{escape(hangs['because'])}\n"
        if hangs
        else ""
    )


def _reading(out: Console, name: str, shares: dict[str, float | None]) -> None:
    text = "   ".join(f"{g} {percent(s):>7}" for g, s in shares.items())
    out.print(f"  {text}   {escape(name)}")


def _ranks(census: Census, out: Console) -> None:
    out.rule("[bold]2. Which developers and families lead?", align="left")
    for by in ("developer", "family"):
        figure = census.rank(by=by, frame=FRAME)
        table = figure_table(_head(figure, 8))
        out.print(table)
        out.print()


def _head(figure: Figure, rows: int) -> Figure:
    from dataclasses import replace

    return replace(figure, rows=figure.rows.slice(0, rows))


def _crossing(census: Census, out: Console) -> None:
    out.rule("[bold]3. When did Qwen pass Llama?", align="left")
    figure = census.crossover("Qwen", "meta-llama", by="namespace", frame=FRAME)
    a, b = figure.contract.subjects
    rows = []
    for point in figure.details["series"]:
        rows.append((f"{point['label']} {a}", "cyan", float(point[a])))
        rows.append((f"{'':10} {b}", "magenta", float(point[b])))
    for line in bars(rows, 44, ascii_only=out.encoding.lower() != "utf-8"):
        out.print(line)
    out.print(f"\n[bold]{escape(figure.finding)}[/]")
    for row in figure.records():
        span = f"{row['after'] or 'before the first snapshot'} to {row['by'] or 'never'}"
        out.print(f"  {row['rule']:<8}{span}")
        for move in row["leave_one_out"][:4]:
            out.print(f"    [dim]without {escape(move['model'])}: by {move['by'] or 'never'}[/]")
    if explained := figure.records()[0]["explained_by"]:
        out.print(f"  first and lasting differ because of one model: {escape(explained)}")
    for row in (figure.sensitivity["beside"] or {}).get("rows", ()):
        out.print(
            f"  by family instead, {row['rule']}: {row['after'] or '-'} to {row['by'] or '-'}"
        )
    out.print()


def _totals(census: Census, out: Console) -> None:
    out.rule("[bold]4. What these figures can and cannot see", align="left")
    figure = census.totals(frame=FRAME)
    out.print(figure_table(figure))
    for text in (*figure.caveats, *figure.does_not_show):
        out.print(f"  - {escape(text)}")
    out.print(f"[dim]{escape(figure.cite())}[/]\n")


def _next(store: Store, out: Console) -> None:
    where = f" --store {store.path}"
    out.rule("[bold]Next", align="left")
    for command, why in (
        ("census serve", "the pages: open http://127.0.0.1:8000/ in a browser"),
        ("census share CN US --by country --format json", "the whole figure with its definition"),
        ("census series Qwen Llama --by family", "every snapshot"),
        ("census article", "all statements of the article, reached or not"),
        ("census registers check", "who stands behind a namespace, and on what evidence"),
        ("census import SOURCE PATH", "your own data; `census import --help`"),
    ):
        out.print(
            f"  {command}{where if 'import' not in command else ''}   [dim]{why}[/]", soft_wrap=True
        )


def _published_pairs(first: str, second: str) -> list[tuple[Row, Row]]:
    """Return published figures that give both subjects under one scope, by scope."""
    rows = [r for r in load_registers().usable("claims") if r["subject"] in (first, second)]
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        found.setdefault((row["scope"], row["period"]), {})[row["subject"]] = row
    return [(pair[first], pair[second]) for pair in found.values() if len(pair) == 2]


def _value(row: Row) -> str:
    return f"{row['value']} %" if row["unit"] == "percent" else f"{row['value']} M"
