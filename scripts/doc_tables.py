"""The tables that documentation shows and code defines: settings, errors, words, commands, modules.

`scripts/make_data_dictionary.py` writes them between `<!-- begin NAME -->` and `<!-- end NAME -->`.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from modelcensus import errors
from modelcensus.contracts import vocabulary
from modelcensus.contracts.measure import PARAMETERS
from modelcensus.contracts.presets import PRESETS
from modelcensus.contracts.registry import MEASURES
from modelcensus.publish.charts.kinds import KINDS
from modelcensus.publish.exports import EXPORTS
from modelcensus.releases import gates
from modelcensus.settings import MIB, Settings

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "modelcensus"
LAYERS = (
    *("cli", "publish", "claims", "measures", "releases", "catalogue", "registers", "sample"),
    *("snapshots", "sources", "engine", "contracts", "."),
)
"""Folders of the package from the top layer down; others come after them."""

Rows = Iterable[Sequence[str]]


def table(header: Sequence[str], rows: Rows) -> str:
    """Return a Markdown table."""
    lines = [f"| {' | '.join(header)} |", f"|{'|'.join('---' for _ in header)}|"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: str) -> str:
    """Return a text set as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def setting_rows() -> Iterator[tuple[str, ...]]:
    """Yield name, variable, default, what it is, and whether a release depends on it."""
    for item in dataclasses.fields(Settings):
        facts = item.metadata
        changes = "yes" if facts["build"] else ""
        variable = code(f"CENSUS_{item.name.upper()}")
        shown = _default(item.default, facts["unit"])
        yield code(item.name), variable, shown, facts["description"], changes


def _default(value: Any, unit: str) -> str:
    if isinstance(value, str):
        return code(value) or "none"
    if unit == "bytes" and value >= MIB:
        return f"{value / MIB:,.0f} MiB"
    return f"{value:,.0f} {unit}" if float(value).is_integer() else f"{value:g} {unit}"


def incident_rows() -> Iterator[tuple[str, str, str]]:
    """Yield kind, meaning and whether it can stop a release."""
    for kind, note in gates.NOTES.items():
        yield code(kind), note, "yes, in a live series" if kind in gates.BLOCKING else ""


def error_rows() -> Iterator[tuple[str, ...]]:
    """Yield class, exit code and meaning of every error, in the order of the module."""
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.CensusError):
            parent = kind.__bases__[0].__name__
            meaning = (kind.__doc__ or "").split("\n")[0].rstrip(".")
            yield (
                code(name),
                code(parent) if name != "CensusError" else "",
                str(kind.exit_code),
                meaning,
            )


def term_rows(terms: Mapping[str, vocabulary.Term]) -> Iterator[tuple[str, ...]]:
    """Yield word, meaning and what is missing for each word of a vocabulary."""
    for name, term in terms.items():
        yield code(name), term.description, f"not yet: {term.missing}" if term.missing else "yes"


def measure_rows() -> Iterator[tuple[str, ...]]:
    """Yield measure, what it gives and the options it takes."""
    for name, measure in MEASURES.items():
        yield (
            f"[`{name}`](#{name})",
            measure.summary,
            " ".join(f"`--{p}`" for p in measure.parameters),
        )


def preset_rows() -> Iterator[tuple[str, ...]]:
    """Yield preset, whose it is, its values with those inferred marked, and what cannot be said."""
    for name, preset in PRESETS.items():
        values = [
            f"{field}={choice.value}" + ("" if choice.is_known else " (inferred)")
            for field, choice in preset.choices.items()
        ]
        asked = " ".join((preset.measure, *preset.subjects))
        yield (
            code(name),
            preset.title,
            f"{code(asked)}: {', '.join(values)}",
            "; ".join(preset.not_expressible),
            ", ".join(code(claim) for claim in preset.claims),
        )


def command_tables() -> str:
    """Return one section per command: what it does, its arguments and options."""
    import typer

    from modelcensus.cli.main import app

    return "\n".join(_commands(typer.main.get_command(app), "census"))


def _commands(command: Any, name: str) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None or command.invoke_without_command:
        yield _command(command, name)
    for child, found in (children or {}).items():
        yield from _commands(found, f"{name} {child}")


def _command(command: Any, name: str) -> str:
    summary = (command.help or "").split("\n")[0].rstrip(".")
    rows = []
    for item in command.params:
        is_option = item.opts[0].startswith("-")
        names = ", ".join(code(o) for o in (item.opts if is_option else [item.name.upper()]))
        text = (getattr(item, "help", "") or "").rstrip(".")
        if is_option and _is_of_registry(item):
            text = f"{PARAMETERS[item.name].description}; words in [methods](methods.md)"
        rows.append((names, text))
    return f"### {name}\n\n{summary}.\n\n" + table(("argument or option", "meaning"), rows)


def _is_of_registry(option: Any) -> bool:
    """Return whether an option is a parameter of measures, and not only one of the same name."""
    parameter = PARAMETERS.get(option.name)
    return parameter is not None and (option.help or "").startswith(parameter.description)


def module_tables() -> str:
    """Return one table per folder of the package: module, first line of its docstring."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        folder = found.setdefault(name.parent.as_posix(), [])
        folder.append((code(name.as_posix()), text.split("\n")[0].rstrip(".")))
    order = sorted(found, key=lambda f: (LAYERS.index(f) if f in LAYERS else len(LAYERS), f))
    return "\n".join(
        f"### {'Beside the folders' if folder == '.' else folder}\n\n"
        + table(("module", "what it is"), found[folder])
        for folder in order
    )


def _terms(terms: Mapping[str, vocabulary.Term]) -> Callable[[], str]:
    return lambda: table(("word", "meaning", "computed"), term_rows(terms))


def chart_rows() -> Iterator[tuple[str, str]]:
    """Yield each kind of chart with what it shows."""
    return ((code(kind.name), kind.description) for kind in KINDS.values())


def export_rows() -> Iterator[tuple[str, str, str]]:
    """Yield each form of a figure with what it holds and its media type."""
    return ((code(e.name), e.description, code(e.media_type)) for e in EXPORTS.values())


GENERATED: dict[str, Callable[[], str]] = {
    "settings": lambda: table(
        ("setting", "variable", "default", "what it is", "changes a release"), setting_rows()
    ),
    "errors": lambda: table(("error", "kind of", "exit code", "meaning"), error_rows()),
    "commands": command_tables,
    "modules": module_tables,
    "incidents": lambda: table(("kind", "what", "stops a release"), incident_rows()),
    "measures": lambda: table(("measure", "what it gives", "options"), measure_rows()),
    "parameters": lambda: table(
        ("option", "meaning"), ((f"`--{p.name}`", p.description) for p in PARAMETERS.values())
    ),
    "metrics": _terms(vocabulary.METRICS),
    "groups": _terms(vocabulary.GROUPS),
    "presets": lambda: table(
        ("preset", "whose", "definition", "not expressible", "claims"), preset_rows()
    ),
    "roll_ups": _terms(vocabulary.ROLL_UPS),
    "countings": _terms(vocabulary.COUNTINGS),
    "lenses": _terms(vocabulary.LENSES),
    "populations": _terms(vocabulary.POPULATIONS),
    "denominators": _terms(vocabulary.DENOMINATORS),
    "outliers": _terms(vocabulary.OUTLIERS),
    "codings": _terms(vocabulary.CODINGS),
    "panels": _terms(vocabulary.PANELS),
    "variants": _terms(vocabulary.VARIANTS),
    "namings": _terms(vocabulary.NAMINGS),
    "reported": _terms(vocabulary.REPORTED),
    "charts": lambda: table(("chart", "what it shows"), chart_rows()),
    "exports": lambda: table(("format", "what it holds", "media type"), export_rows()),
}
"""Name of a generated table -> what makes it."""


def filled(page: str) -> str:
    """Return a page with every generated table made anew."""
    for name, make in GENERATED.items():
        pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        content = make()
        page = pattern.sub(partial(_between, content), page)
    return page


def _between(content: str, match: re.Match[str]) -> str:
    return f"{match[1]}{content}{match[2]}"
