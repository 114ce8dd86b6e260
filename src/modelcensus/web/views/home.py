"""The first page: whose models are downloaded, built on and adopted, and what changed."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from modelcensus.claims.ledger import count_verdicts
from modelcensus.contracts.figure import Figure, percent
from modelcensus.publish.faces import as_query
from modelcensus.registers.world_questions import count_found, find_adoptions
from modelcensus.web.asking import Missing, ask
from modelcensus.web.cards import Card, make_card
from modelcensus.web.linking import Reader
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import day, render

router = APIRouter(include_in_schema=False)

HEADLINE = ("CN", "US")
MOVERS = 5
FEW, TOO_FEW = 100, 10


@dataclass(frozen=True)
class Stat:
    """One number with what it is a part of, and where it comes from."""

    label: str
    value: str
    note: str
    address: str


@router.get("/")
def home(reader: Reading, query: Query) -> HTMLResponse:
    """Show the first page."""
    single_values(query, ())
    site = reader.site
    shares = ask(site, "share", *HEADLINE, by="country")
    over_time = ask(site, "series", by="country")
    families = ask(site, "series", by="family")
    judged = site.ledger_if_ready()
    return render(
        reader,
        "home.html",
        stats=_stats(reader, shares),
        area=_card(reader, over_time, "area"),
        bump=_card(reader, families, "bump"),
        movers=[] if isinstance(over_time, Missing) else moved(over_time),
        verdicts=count_verdicts(judged) if judged else None,
        claims=len(site.registers.usable("claims")),
        frames=frame_lines(reader),
    )


def _card(reader: Reader, found: Figure | Missing, kind: str) -> Card | Missing:
    return found if isinstance(found, Missing) else make_card(reader, found, kind=kind)


def _stats(reader: Reader, shares: Figure | Missing) -> list[Stat]:
    stats: list[Stat] = []
    if not isinstance(shares, Missing):
        stats += [_share(reader, shares, row) for row in shares if row["group"] in HEADLINE]
        stats.append(_unknown(reader, shares))
    ranked = ask(reader.site, "rank", by="family")
    if not isinstance(ranked, Missing):
        stats += _leader(reader, ranked)
    built = ask(reader.site, "derivatives", *HEADLINE, by="country")
    if not isinstance(built, Missing):
        stats.append(_built(reader, built))
    return [*stats, _adopted(reader)]


def _share(reader: Reader, figure: Figure, row: dict[str, object]) -> Stat:
    share = row["share_of_all"]
    held = figure.bounds.get("hub_wide", {}).get("groups", {}).get(row["group"])
    note = f"of {figure.contract.metric_term.phrase} in {figure.contract.frame}, {_when(figure)}"
    if held:
        note += f"; on the whole hub {percent(held[0], 0)} to {percent(held[1], 0)}"
    name = f"Developers based in {row['name']}"
    value = percent(share if isinstance(share, float) else None)
    return Stat(name, value, note, _address(reader, figure))


def _unknown(reader: Reader, figure: Figure) -> Stat:
    value = percent(figure.coverage["unknown_share"])
    note = "of the same downloads: shown, never dropped"
    return Stat("Developers unknown", value, note, _address(reader, figure))


def _leader(reader: Reader, figure: Figure) -> list[Stat]:
    """Return the family that leads; none where no family is known."""
    named = [r for r in figure if r["group"] not in ("unknown", "unassigned")]
    if not named:
        return []
    first = named[0]
    largest = first["largest_model"].rpartition("/")[2]
    note = f"by 30-day downloads; without {largest} at place {first['rank_without_it']}"
    return [Stat("Family most downloaded", first["name"], note, _address(reader, figure))]


def _built(reader: Reader, figure: Figure) -> Stat:
    row = next(r for r in figure if r["group"] == HEADLINE[0])
    models = figure.coverage["models"]
    note = f"in {figure.contract.frame}, {row.get('month', '')}"
    counted = f"{row['value']:,.0f} of {models}"
    # of a handful a percentage says more than is known, and of fewer even the count does
    value = percent(row["share_of_all"], 0) if models >= FEW else counted
    if models < TOO_FEW:
        value, note = "too few to say", f"{counted} {note}"
    return Stat("New fine-tunes on bases from China", value, note, _address(reader, figure))


def _adopted(reader: Reader) -> Stat:
    """Return how many adoption records were found: a count of records, not of adopters."""
    found = count_found(find_adoptions(reader.site.registers))
    note = f"in {found.countries} countries or bodies, {found.restrictions} of them restrictions"
    return Stat("Adoption records found", f"{found.records:,}", note, reader.link("/adoption"))


def _when(figure: Figure) -> str:
    return day(figure.coverage["label"])


def _address(reader: Reader, figure: Figure) -> str:
    return reader.link(f"/figures/{figure.contract.measure}?{as_query(figure.contract)}")


@dataclass(frozen=True)
class Move:
    """How far a group's share moved between the last two snapshots."""

    name: str
    before: str
    after: str
    points: str
    between: str


def moved(figure: Figure) -> list[Move]:
    """Return the groups of a series whose share moved most at its last step."""
    labels = sorted({row["label"] for row in figure})[-2:]
    if len(labels) < 2:
        return []
    held = {(r["label"], r["group"]): r["share_of_all"] for r in figure}
    names = {r["group"]: r["name"] for r in figure}
    steps = []
    for group, name in names.items():
        before, after = (held.get((label, group)) for label in labels)
        if before is not None and after is not None:
            steps.append((abs(after - before), after - before, name, before, after))
    steps.sort(key=lambda s: (-s[0], s[2]))
    between = f"{day(labels[0])} to {day(labels[1])}"
    return [
        Move(name, percent(before), percent(after), f"{100 * step:+.1f}", between)
        for size, step, name, before, after in steps[:MOVERS]
        if size > 0.0005
    ]


def frame_lines(reader: Reader) -> list[tuple[str, str, int, bool]]:
    """Return what the release sees: frame, first and last label in words, snapshots, simulated."""
    found: dict[str, list[str]] = {}
    simulated: dict[str, bool] = {}
    for snapshot in reader.site.release.snapshots:
        found.setdefault(snapshot.frame, []).append(snapshot.label)
        simulated[snapshot.frame] = snapshot.is_simulated
    return [
        (frame, _span(labels), len(labels), simulated[frame])
        for frame, labels in sorted(found.items())
    ]


def _span(labels: list[str]) -> str:
    first, last = day(labels[0]), day(labels[-1])
    return first if first == last else f"{first} to {last}"
