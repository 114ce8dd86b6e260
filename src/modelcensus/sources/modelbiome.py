"""The lineage study's graph: models of July 2025 and who was declared to be made from whom.

"Anatomy of a Machine Learning Ecosystem" (arXiv:2508.06811) publishes a table with one row per
model, whose columns `parent_model`, `finetune_parent`, `quantized_parent`, `adapter_parent` and
`merge_parent` hold lists of parents, and works with a graph made from it. Both are read: the
table (CSV or Parquet), and edges as CSV, Parquet, GraphML or JSON. The authors' own graph files
are pickles: opening one runs whatever it says, so none is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from modelcensus.errors import SourceError
from modelcensus.sources.graph_files import graph_of_graphml, graph_of_json
from modelcensus.sources.graph_tables import Graph, graph_of_table
from modelcensus.sources.instants import option_day
from modelcensus.sources.record import Evidence, SourceInfo, State
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import require_file

INFO = SourceInfo(
    name="modelbiome",
    title="Anatomy of a Machine Learning Ecosystem: models and their parents",
    url="https://huggingface.co/datasets/modelbiome/ai_ecosystem_withmodelcards",
    licence="as stated on the data set's page; names and declarations of the Hub",
    attribution="B. Laufer, H. Oderinwale, J. Kleinberg (arXiv:2508.06811)",
)
OPTIONS = (Option("as-of", "the day the graph describes, YYYY-MM-DD", default="2025-07-13"),)

_PICKLES = (".pkl", ".pickle", ".gpickle")
_XML = b"<"
_PICKLE_MAGIC = b"\x80"


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one evidence list with the tables `nodes` and `edges`.

    Args:
        path: one file, or a folder with a table of models and one of edges.
        options: `as-of`.

    Raises:
        SourceError: a file is not readable, or is a pickle.
        SchemaChanged: a table has neither a column of models nor columns of edges.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    as_of = option_day("as-of", values["as-of"])
    graph = Graph()
    for file in _files(path):
        _read_file(file, graph)
    tables = {"nodes": graph.nodes(), "edges": graph.edges()}
    yield Evidence(INFO.name, as_of, tables, graph.rejects, graph.input_rows)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix in (".csv", ".parquet"))
    if not found:
        raise SourceError(
            "the folder holds no .csv or .parquet file",
            where=str(path),
            next_step="name the one file to read, or put the tables of models and edges there",
        )
    return found


def _read_file(path: Path, graph: Graph) -> None:
    require_file(path)
    with path.open("rb") as stream:
        start = stream.read(64).lstrip()
    if path.suffix in _PICKLES or start.startswith(_PICKLE_MAGIC):
        raise SourceError(
            "this is a pickle: opening it would run the program in it",
            where=path.name,
            next_step="import the published table (ai_ecosystem.csv or "
            "ai_ecosystem_withmodelcards.csv), or write the graph as GraphML where you trust it",
        )
    if start.startswith(_XML):
        graph_of_graphml(path, graph)
    elif start[:1] in (b"{", b"["):
        graph_of_json(path, graph)
    else:
        graph_of_table(path, graph)
