"""The JavaScript that makes charts interactive: the libraries that the renderer itself carries."""

from __future__ import annotations

from functools import cache

_SNIPPET = "window.vegaEmbed = vegaEmbed; window.vega = vega; window.vegaLite = vegaLite;"


@cache
def browser_bundle() -> bytes:
    """Return one script with Vega, Vega-Lite and Vega-Embed; it sets `window.vegaEmbed`.

    It asks nothing of another host. Under a policy without `unsafe-eval` expressions must be
    interpreted, not compiled: `vegaEmbed(place, spec, {ast: true, actions: false})`. Making it
    takes seconds, once for each process.
    """
    import vl_convert

    from modelcensus.publish.charts.page import VEGA_LITE

    script: str = vl_convert.javascript_bundle(_SNIPPET, vl_version=VEGA_LITE)
    return script.encode()
