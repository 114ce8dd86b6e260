"""The data behind the pages: files, methods, state, health, and the files that pages share."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from modelcensus.contracts.measure import PARAMETERS
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import LimitExceeded, UnknownName
from modelcensus.releases.release import release_file
from modelcensus.releases.tables import TABLES
from modelcensus.web.assets import get_asset
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.standing import incidents_of, standing_of
from modelcensus.web.templating import render

router = APIRouter(include_in_schema=False)

YEAR = "public, max-age=31536000, immutable"


@router.get("/data")
def data(reader: Reading, query: Query) -> HTMLResponse:
    """List the files of the release, its sources and registers."""
    single_values(query, ())
    manifest = reader.site.release.manifest
    sources = {
        (s["source"]["title"], s["source"]["url"], s["source"]["licence"],
         s["source"]["attribution"])
        for s in manifest["snapshots"]
    }  # fmt: skip
    files = [
        (name, entry["bytes"], entry["sha256"], TABLES.get(name.partition(".")[0], ("",))[0])
        for name, entry in sorted(manifest["files"].items())
    ]
    return render(
        reader,
        "data.html",
        files=files,
        sources=sorted(sources),
        registers=sorted(reader.site.release.registers.items()),
        evidence=manifest["evidence"],
    )


@router.get("/data/files/{name:path}")
def file(name: str, reader: Reading) -> FileResponse:
    """Hand out a file of the release, if its manifest names it."""
    release = reader.site.release
    if name not in release.manifest["files"]:
        raise UnknownName("file", name, [], where=f"release {release.name}")
    most = reader.site.settings.web_file_bytes
    if release.manifest["files"][name]["bytes"] > most:
        raise LimitExceeded(
            f"{name} is larger than the {most:,.0f} bytes that are handed out",
            next_step="read it from the store, or raise CENSUS_WEB_FILE_BYTES",
        )
    path = release_file(release.path, release.manifest, name)
    return FileResponse(
        path,
        media_type="application/vnd.apache.parquet",
        filename=f"{release.name}-{name.replace('/', '-')}",
        headers={"cache-control": YEAR if reader.is_pinned else "no-cache"},
    )


@router.get("/methods")
def methods(reader: Reading, query: Query) -> HTMLResponse:
    """Show how every measure is defined, and every word of a definition."""
    single_values(query, ())
    words = [(parameter, dict(parameter.words or {})) for parameter in PARAMETERS.values()]
    return render(
        reader,
        "methods.html",
        measures=list(MEASURES.values()),
        words=words,
    )


@router.get("/status")
def status(reader: Reading, query: Query) -> HTMLResponse:
    """Show what the release sees, how fresh it is, and what is odd in it."""
    single_values(query, ())
    return render(
        reader,
        "status.html",
        standing=standing_of(reader.site, is_pinned=reader.is_pinned),
        incidents=incidents_of(reader.site),
    )


@router.get("/health")
def health(reader: Reading) -> JSONResponse:
    """Say whether the service answers and how fresh the data are: red is 503, for monitors."""
    state = reader.site.freshness()
    body = {"state": state, "release": reader.site.name, "frames": standing_of(reader.site)}
    return JSONResponse(body, 503 if state == "red" else 200)


@router.get("/static/{name}")
def static(name: str, request: Request) -> Response:
    """Hand out a file that all pages share; its address changes with its content."""
    asset = get_asset(name)
    headers = {"cache-control": YEAR, "vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.packed,
            media_type=asset.media_type,
            headers=headers | {"content-encoding": "gzip"},
        )
    return Response(asset.content, media_type=asset.media_type, headers=headers)


@router.get("/robots.txt")
def robots() -> Response:
    """Keep robots from walking every combination of filters."""
    text = "User-agent: *\nDisallow: /*?\nDisallow: /api/\nDisallow: /r/\nDisallow: /embed/\n"
    return Response(text, media_type="text/plain")
