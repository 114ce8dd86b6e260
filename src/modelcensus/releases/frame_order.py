"""The order in which frames are asked where a question names none."""

from __future__ import annotations

from modelcensus.contracts.frame_names import is_sample
from modelcensus.releases.release import Release


def frames_in_order(release: Release) -> list[str]:
    """Return the frames, those that see most first: complete ones, panels, samples."""
    last = {s.frame: s for s in release.snapshots}
    rows = {s["frame"]: s["input_rows"] for s in release.manifest["snapshots"]}
    return sorted(
        last,
        key=lambda f: (
            last[f].is_simulated,
            not last[f].is_complete_frame,
            is_sample(f),
            last[f].hub != "huggingface",
            -rows[f],
            f,
        ),
    )
