"""How a figure is cited: one line of text, and an entry for BibTeX."""

from __future__ import annotations

from modelcensus.contracts.figure import Figure

_ESCAPED = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "%": r"\%",
        "&": r"\&",
        "#": r"\#",
        "$": r"\$",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def as_bibtex(figure: Figure, url: str = "") -> str:
    """Return an entry for BibTeX: what is shown, release, definition and data.

    Args:
        figure: what is cited.
        url: address of the pinned page, where the site has one.
    """
    label = "SIMULATED DATA. " if figure.is_simulated else ""
    fields = {
        "title": _tex(figure.contract.sentence().rstrip(".")),
        "author": "{Open Model Census contributors}",
        "year": figure.release[:4],
        "howpublished": _tex(f"Open Model Census, release {figure.release}"),
        "note": _tex(f"{label}Definition {figure.contract.id}. Data: {'; '.join(figure.sources)}"),
    }
    if url:
        fields["url"] = url
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{census-{figure.contract.id},", *lines, "}"])


def _tex(text: str) -> str:
    return " ".join(text.split()).translate(_ESCAPED)
