from __future__ import annotations

from modelcensus.contracts.frame_names import (
    is_panel,
    is_sample,
    is_simulated,
    is_whole,
    plain_frame,
    simulated_frame,
)


def test_code_sees_through_the_mark() -> None:
    assert simulated_frame("panel:x") == simulated_frame("simulated:panel:x") == "simulated:panel:x"
    assert plain_frame("simulated:sample:x") == "sample:x"
    assert is_simulated("simulated:hub")
    assert not is_simulated("hub")
    assert is_panel("simulated:panel:x")
    assert is_sample("simulated:sample:x")
    assert is_whole("simulated:hub")
    assert not is_panel("simulated:sample:panel:")
