"""Commands that tell a story made of figures: demo and article."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from modelcensus.cli.options import (
    ReleaseOption,
    StoreOption,
    open_store,
    stdout_console,
    words_console,
)


def demo(store: StoreOption = "") -> None:
    """Build a release from the bundled sample and answer the founding article's first questions."""
    from modelcensus.publish.demo import run_demo
    from modelcensus.settings import load_settings

    run_demo(open_store(store), load_settings(), stdout_console())


def article(
    store: StoreOption = "",
    release: ReleaseOption = "",
    frame: Annotated[
        str, typer.Option("--frame", help="Frame to ask, where several could answer.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Go through the founding article's statements: published, recomputed, or why not."""
    from modelcensus.claims.article import read_article
    from modelcensus.measures.census import Census
    from modelcensus.publish.article import draw_statement, statement_to_dict
    from modelcensus.releases.release import open_release

    with Census(open_release(open_store(store), release)) as census:
        words = words_console(quiet=False)
        with words.status("recomputing published claims") if words.is_terminal else words:
            statements = list(read_article(census, frame))
        if as_json:
            rows = [statement_to_dict(s) for s in statements]
            sys.stdout.write(json.dumps(rows, indent=1, ensure_ascii=False, default=str) + "\n")
            return
        out = stdout_console()
        for statement in statements:
            draw_statement(statement, out)
        words.print(
            "each figure's definition, bounds and sensitivity: `census share CN US`, "
            "`census crossover Qwen Llama`, ... or --json here",
            markup=False,
        )
