"""The briefing as PDF: printed by Chromium from the report's own file, without any network."""

from __future__ import annotations

import shutil
import subprocess  # nosec B404
import tempfile
from pathlib import Path

from modelcensus.errors import CensusError, LimitExceeded, SettingsError

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 120.0

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--no-pdf-header-footer",
)


def find_chromium() -> Path:
    """Return the browser that prints.

    Raises:
        SettingsError: there is none on the path.
    """
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise SettingsError(
            "a PDF is printed by Chromium, and there is none here",
            where=f"looked for {', '.join(NAMES)}",
            next_step="install the package chromium, or leave --pdf out: briefing.html prints, too",
        )
    return Path(found)


def print_briefing(browser: Path, report: Path) -> Path:
    """Print the briefing of a report and return the file.

    Raises:
        LimitExceeded: printing took too long.
        CensusError: the browser failed.
    """
    page, made = (report / "briefing.html").resolve(), (report / "briefing.pdf").resolve()
    with tempfile.TemporaryDirectory() as profile:
        command = [
            str(browser),
            *OPTIONS,
            f"--user-data-dir={profile}",
            f"--print-to-pdf={made}",
            page.as_uri(),
        ]
        try:
            # the browser is found on the path, and the file is the report's own
            ran = subprocess.run(  # noqa: S603  # nosec B603
                command, capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise LimitExceeded(
                f"printing took longer than {SECONDS:g} s", next_step="try again"
            ) from None
    if ran.returncode or not made.exists():
        lines = ran.stderr.decode(errors="replace").strip().splitlines()
        raise CensusError("Chromium could not print the briefing", where=lines[-1] if lines else "")
    return made
