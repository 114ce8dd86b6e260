"""Every kind of fault happens on the wire as its description says."""

from __future__ import annotations

import json
import time
import tracemalloc
import zlib
from http.client import IncompleteRead
from pathlib import Path

import pytest
from tests.testing.conftest import KEYS, RECORDS, ask, get, raw, walk

from modelcensus.testing import FakeHub, Fault, FixedClock
from modelcensus.testing.fake_hub.bodies import gzip_bomb
from modelcensus.testing.fake_hub.fault import INSERTED, KINDS, STATUSES

DRIFTS = ("missing_field", "added_field", "retyped_field", "null_field")


def parts(answer: bytes) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a raw answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines), body


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault 'fire'; known are"):
        Fault("fire")


@pytest.mark.parametrize("kind", sorted(STATUSES))
def test_statuses(kind: str) -> None:
    with FakeHub(RECORDS, page_faults={1: Fault(kind, seconds=2.5)}) as hub:
        reply = ask(hub)
        assert (reply.status, reply.headers["Retry-After"]) == (int(kind), "2.5")
        assert ask(hub).status == 200


def test_a_429_always_says_when_and_others_only_where_asked() -> None:
    clock = FixedClock()
    with FakeHub(RECORDS, clock=clock, page_faults={1: ["429", "503"]}) as hub:
        assert ask(hub).headers["Retry-After"] == "300"
        assert ask(hub).headers["Retry-After"] is None


def test_a_reset_cuts_the_answer_and_sends_rst() -> None:
    with FakeHub(RECORDS, page_faults={1: "reset"}) as hub:
        _, end = raw(hub)
        assert end == "reset"
        assert ask(hub).status == 200
        assert hub.requests[0].fault == "reset"


def test_a_truncated_answer_announces_more_than_it_sends() -> None:
    with FakeHub(RECORDS, page_faults={1: Fault("truncated", times=2)}) as hub:
        answer, end = raw(hub)
        headers, body = parts(answer)
        assert end == "closed"
        assert 0 < len(body) == int(headers["Content-Length"]) // 2
        with pytest.raises(IncompleteRead):
            ask(hub)


def test_a_wrong_length_is_short_of_the_body() -> None:
    with FakeHub(RECORDS, page_faults={1: Fault("wrong_length", times=2, size=4)}) as hub:
        headers, body = parts(raw(hub)[0])
        assert int(headers["Content-Length"]) == len(body) - 4
        with pytest.raises(json.JSONDecodeError):
            _ = ask(hub).rows


def test_a_drip_is_slow_and_ends_with_its_client() -> None:
    with FakeHub(RECORDS, page_faults={1: Fault("slow_drip", seconds=0.02)}) as hub:
        answer, end = raw(hub, timeout=0.01)
        assert end == "timeout"
        assert len(parts(answer)[1]) <= 2
        assert ask(hub).status == 200
    with FakeHub(RECORDS[:1], page_faults={1: Fault("slow_drip", seconds=0.0)}) as hub:
        assert ask(hub).rows == RECORDS[:1]


def test_silence_is_never_broken() -> None:
    with FakeHub(RECORDS, page_faults={1: "silence"}) as hub:
        assert raw(hub, timeout=0.1) == (b"", "timeout")
        assert ask(hub).status == 200


@pytest.mark.parametrize("kind", sorted(INSERTED))
def test_bad_rows_stand_between_whole_ones(kind: str) -> None:
    with FakeHub(RECORDS, page_faults={1: Fault(kind, rows=2, size=100_000)}) as hub:
        body = ask(hub, "limit=10").body
        next_ = ask(hub, "limit=10")
    text = body.decode("utf-8", "surrogateescape")
    rows = json.loads(text)
    assert len(rows) == 12
    whole = [row for row in rows if row.get("_id") in KEYS]
    assert whole == RECORDS[:10] == next_.rows
    bad = [row for row in rows if row not in whole]
    assert [row["_id"] for row in bad] == hub.inserted
    signs = {
        "malformed_row": lambda row: "id" not in row,
        "bad_utf8": lambda row: "\udce9\udcff" in row["tags"][0],
        "lone_surrogate": lambda row: "\ud800" in row["tags"][0],
        "nan": lambda row: row["downloads"] != row["downloads"],
        "huge_integer": lambda row: row["downloads"] == 10**400,
        "big_card": lambda row: len(row["cardData"]["text"]) == 100_000,
    }
    assert all(signs[kind](row) for row in bad)
    if kind == "bad_utf8":
        with pytest.raises(UnicodeDecodeError):
            body.decode()


def test_a_malformed_row_can_be_any_value() -> None:
    with FakeHub(RECORDS, page_faults={1: Fault("malformed_row", value=[1, "x"])}) as hub:
        assert [1, "x"] in ask(hub).rows


def test_a_big_card_is_five_megabytes() -> None:
    with FakeHub(RECORDS, page_faults={1: "big_card"}) as hub:
        assert 5_000_000 < len(ask(hub).body) < 5_100_000


@pytest.mark.parametrize("kind", DRIFTS)
@pytest.mark.parametrize("hit", [1, 0])
def test_drift_changes_the_rows_of_a_page(kind: str, hit: int) -> None:
    with FakeHub(RECORDS, page_faults={1: Fault(kind, rows=hit, field="likes")}) as hub:
        rows = ask(hub, "limit=10").rows
    changed = 10 if hit == 0 else hit
    signs = {
        "missing_field": lambda row: "likes" not in row,
        "added_field": lambda row: "simulatedNovelty" in row,
        "retyped_field": lambda row: isinstance(row["likes"], dict),
        "null_field": lambda row: row["likes"] is None,
    }
    assert [signs[kind](row) for row in rows] == [True] * changed + [False] * (10 - changed)
    assert hub.mutated == dict.fromkeys(KEYS[:changed], kind)


def test_bodies_that_are_no_pages() -> None:
    faults = ["broken_json", "html", "not_a_list"]
    with FakeHub(RECORDS, page_faults={1: faults}) as hub:
        broken, html, no_list, whole = (ask(hub) for _ in range(4))
    assert {r.status for r in (broken, html, no_list, whole)} == {200}
    assert int(broken.headers["Content-Length"]) == len(broken.body)
    with pytest.raises(json.JSONDecodeError):
        _ = broken.rows
    assert html.headers["Content-Type"].startswith("text/html")
    assert "error" in no_list.rows
    assert whole.rows == RECORDS[:10]


def test_a_gzip_bomb_is_small_on_the_wire_and_whole_when_unpacked() -> None:
    size = 50_000_001
    with FakeHub(RECORDS, page_faults={1: Fault("gzip_bomb", size=size)}) as hub:
        reply = ask(hub)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(reply.body) < size / 500
    found = zlib.decompress(reply.body, 16 + zlib.MAX_WBITS)
    assert len(found) == size
    assert json.loads(found) == []
    tracemalloc.start()
    gzip_bomb(1 << 28)
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()


def test_an_empty_page_leads_to_the_rows_that_should_have_come() -> None:
    for page in (1, 3):
        with FakeHub(RECORDS, page_faults={page: "empty_page"}) as hub:
            assert [r["_id"] for r in walk(hub)] == KEYS
            assert hub.pages_served == 6
            assert len(hub.requests) == 7


@pytest.mark.parametrize(("kind", "page"), [("repeated_cursor", 3), ("looping_cursor", 1)])
def test_next_leads_back(kind: str, page: int) -> None:
    with FakeHub(RECORDS, page_faults={3: kind}) as hub:
        rows = [r["_id"] for r in walk(hub)]
    again = KEYS[20:] if page == 3 else KEYS
    assert rows == KEYS[:30] + again
    assert [r.page for r in hub.requests][3] == page


def test_next_can_lead_back_for_ever() -> None:
    with FakeHub(RECORDS, page_faults={1: Fault("repeated_cursor", times=None)}) as hub:
        url = ask(hub).next
        for _ in range(5):
            assert url is not None
            reply = get(url)
            assert reply.rows == RECORDS[:10]
            url = reply.next


@pytest.mark.parametrize(("kind", "status"), [("expired_cursor", 400), ("gone_cursor", 410)])
def test_an_expired_cursor_stays_so_and_a_new_walk_does_not_meet_it(kind: str, status: int) -> None:
    with FakeHub(RECORDS, page_faults={2: kind}) as hub:
        url = ask(hub).next
        assert url is not None
        assert [get(url).status for _ in range(3)] == [status] * 3
        assert [r["_id"] for r in walk(hub)] == KEYS


def test_a_foreign_next_leads_to_the_honeypot_which_keeps_what_it_gets() -> None:
    with FakeHub(RECORDS, page_faults={2: Fault("foreign_next", times=2)}) as hub:
        url = ask(hub).next
        assert url is not None
        reply = get(url)
        assert reply.rows == RECORDS[10:20]
        assert reply.next is not None
        assert reply.next.startswith(hub.honeypot.url + "/api/models?")
        assert hub.honeypot.requests == []
        assert get(reply.next, Authorization="Bearer hf_leak").rows == []
        assert list(hub.honeypot.tokens()) == ["hf_leak"]
        assert hub.tokens_seen() == set()


def test_a_redirect_leads_to_the_honeypot() -> None:
    with FakeHub(RECORDS, page_faults={1: "redirect"}) as hub:
        reply = ask(hub)
        assert reply.status == 302
        assert reply.headers["Location"].startswith(hub.honeypot.url)


def test_faults_are_spent_one_after_the_other_and_per_request() -> None:
    clock = FixedClock()
    plan = {1: [Fault("500", times=2), "408"], 2: Fault("502", times=None)}
    with FakeHub(RECORDS, clock=clock, page_faults=plan, request_faults={2: "504"}) as hub:
        assert [ask(hub).status for _ in range(6)] == [500, 504, 500, 408, 200, 200]
        url = ask(hub).next
        assert url is not None
        assert [get(url).status for _ in range(4)] == [502] * 4
        assert hub.plan.spent[1] == (2, 1, "504")
        assert len(hub.plan.spent) == 8


def test_a_request_over_the_quota_spends_no_fault() -> None:
    clock = FixedClock()
    with FakeHub(RECORDS, clock=clock, quota=1, page_faults={1: ["500", "502"]}) as hub:
        assert [ask(hub).status for _ in range(2)] == [500, 429]
        clock.advance(300)
        assert ask(hub).status == 502


def test_every_kind_is_described_and_tested() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    quoted = {kind for kind in KINDS if f'"{kind}"' in text}
    assert quoted | set(STATUSES) == set(KINDS)
    assert all(KINDS.values())


def test_silence_ends_when_its_client_leaves() -> None:
    with FakeHub(RECORDS, page_faults={1: Fault("silence", times=3)}) as hub:
        for _ in range(3):
            raw(hub, timeout=0.02)
        deadline = time.monotonic() + 1
        while hub._server._connections and time.monotonic() < deadline:
            time.sleep(0.005)
        assert not hub._server._connections
