"""The command of presets: others' published definitions, with what is known of each."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from modelcensus.cli.options import JsonOption
from modelcensus.contracts.presets import PRESETS, get_preset


def presets(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Of: {', '.join(PRESETS)}; default: all.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show others' published definitions: what is known, what is inferred, what is not said."""
    from modelcensus.publish.presets import preset_lines, preset_to_dict

    chosen = [get_preset(name) for name in names or PRESETS]
    if as_json:
        rows = [preset_to_dict(preset) for preset in chosen]
        sys.stdout.write(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
        return
    for preset in chosen:
        sys.stdout.write("\n".join(preset_lines(preset)) + "\n")
