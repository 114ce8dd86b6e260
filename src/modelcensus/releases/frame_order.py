"""The order in which frames are asked where a question names none."""

from __future__ import annotations

from collections import Counter

from modelcensus.contracts.frame_names import is_sample
from modelcensus.releases.release import Release


def frames_in_order(release: Release, *, over_time: bool = False) -> list[str]:
    """Return the frames, those that see most first: complete ones, panels, samples.

    Args:
        release: whose frames they are.
        over_time: whether the question is about a course of time, of which one snapshot and a
            sample that was chosen when it was made say nothing: these come last.
    """
    last = {s.frame: s for s in release.snapshots}
    rows = {s["frame"]: s["input_rows"] for s in release.manifest["snapshots"]}
    snapshots = Counter(s.frame for s in release.snapshots)
    return sorted(
        last,
        key=lambda f: (
            last[f].is_simulated,
            over_time and (is_sample(f) or snapshots[f] == 1),
            not last[f].is_complete_frame,
            is_sample(f),
            last[f].hub != "huggingface",
            -rows[f],
            f,
        ),
    )
