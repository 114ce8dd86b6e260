"""The daily listing of the Hub, `models.parquet` of hub-stats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from modelcensus.sources.hub_listing import open_listing
from modelcensus.sources.instants import label_day
from modelcensus.sources.record import Evidence, SourceInfo, State
from modelcensus.sources.source import Option, fill_options

INFO = SourceInfo(
    name="hub-stats",
    title="Hugging Face Hub statistics, all models",
    url="https://huggingface.co/datasets/cfahlgren1/hub-stats",
    licence="Apache-2.0",
    attribution="cfahlgren1/hub-stats",
)

OPTIONS = (
    Option("label", "the day of the listing, YYYY-MM-DD; needed unless the file name holds it"),
    Option("frame", "what the listing is a view of", default="hub"),
)


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one state with every model of the listing; rows are read block by block.

    Columns are read by presence: a counter or fact whose column is missing is named in
    `absent_columns`.

    Args:
        path: the Parquet file.
        options: `label`, `frame`.

    Raises:
        SourceError: the file is not readable Parquet.
        SchemaChanged: there is no id column, or a column has a type that cannot be read.
        SettingsError: the label is not known.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    label = label_day(path, values["label"])
    listing = open_listing(path)
    yield State(
        hub="huggingface",
        frame=values["frame"],
        label=label,
        batches=listing.batches(),
        absent_columns=listing.absent,
        is_complete_frame=True,
        is_simulated=listing.is_simulated,
    )
