from __future__ import annotations

import gzip
import http.client
import io
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.testing.conftest import KEYS, ORDERED, RECORDS, ask, get, raw, walk

from modelcensus import testing
from modelcensus.testing import Churn, FakeHub, FixedClock, Simulation
from modelcensus.testing.__main__ import main


def test_pages_follow_each_other_in_order_of_creation() -> None:
    with FakeHub(RECORDS[::-1]) as hub:
        assert [r["_id"] for r in walk(hub, "limit=7&sort=createdAt&direction=1")] == KEYS
        assert [r["_id"] for r in walk(hub, "limit=1000")] == KEYS
        down = walk(hub, "limit=7&sort=createdAt&direction=-1")
        assert [r["createdAt"] for r in down] == sorted(
            (r["createdAt"] for r in RECORDS), reverse=True
        )
        assert {r["_id"] for r in down} == set(KEYS)
    assert hub.pages_served == 9 + 1 + 9


@pytest.mark.parametrize("sort", ["downloads", "likes"])
def test_pages_in_order_of_a_count(sort: str) -> None:
    with FakeHub(RECORDS) as hub:
        found = [(r[sort], r["_id"]) for r in walk(hub, f"limit=7&sort={sort}&direction=-1")]
    assert found == sorted(found, key=lambda pair: (-pair[0], pair[1]))
    assert len(found) == len(KEYS)


def test_a_link_repeats_what_was_asked_for_and_stays_at_home() -> None:
    with FakeHub(RECORDS) as hub:
        reply = ask(hub, "limit=3&sort=createdAt&direction=1&expand[]=sha&expand[]=tags")
        assert reply.next is not None
        assert reply.next.startswith(f"{hub.url}/api/models?limit=3&sort=createdAt&direction=1")
        assert reply.next.count("expand%5B%5D=") == 2
        assert ask(hub, "limit=60").next is None


@pytest.mark.parametrize(
    "query", ["sort=lastModified", "limit=many", "cursor=x", "cursor=e30=", "cursor=W10="]
)
def test_what_cannot_be_asked_is_refused(query: str) -> None:
    with FakeHub(RECORDS) as hub:
        reply = ask(hub, query)
        assert (reply.status, list(reply.rows)) == (400, ["error"])
        assert get(f"{hub.url}/elsewhere").status == 404


def test_recorded_rows_are_served_byte_for_byte(tmp_path: Path) -> None:
    texts = ['{"_id": "b",  "id":"x/y", "createdAt":"2024-01-01T00:00:00.000Z","é":1.50}']
    texts += ['{ "createdAt":"2023-01-01T00:00:00.000Z", "_id":"a", "id":"x/z", "n":[1,\n2]}']
    path = tmp_path / "records.json"
    path.write_text(f"[{texts[0]} ,\n {texts[1]}]", encoding="utf-8")
    with FakeHub(path) as hub:
        assert ask(hub, "limit=9").body == f"[{texts[1]},{texts[0]}]".encode()
        assert ask(hub).headers["X-Simulated"] == "recorded"


def test_the_quota_is_told_and_enforced_by_the_clock_given() -> None:
    clock = FixedClock()
    with FakeHub(RECORDS, clock=clock, quota=3, window_s=300) as hub:
        assert ask(hub).headers["RateLimit"] == '"api";r=2;t=300'
        assert ask(hub).headers["RateLimit-Policy"] == '"fixed window";"api";q=3;w=300'
        clock.advance(100)
        assert ask(hub).headers["RateLimit"] == '"api";r=0;t=200'
        refused = ask(hub)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "200")
        clock.advance(199)
        assert ask(hub).status == 429
        clock.advance(1)
        assert ask(hub).headers["RateLimit"] == '"api";r=2;t=300'
        clock.advance(-3600)
        assert ask(hub).status == 200
    assert (hub.quota.refused, hub.pages_served) == (2, 5)


def test_every_request_is_kept_with_its_token() -> None:
    clock = FixedClock()
    with FakeHub(RECORDS, clock=clock) as hub:
        ask(hub, Authorization="Bearer hf_simulated", Odd="yes")
        get(f"{hub.url}/api/models/acre/model-1")
    first, second = hub.requests
    assert dict(first.headers)["Odd"] == "yes"
    assert (first.listing_number, first.page, first.status, first.fault) == (1, 1, 200, "")
    assert (second.listing_number, second.page, second.at) == (0, 0, clock.now())
    assert hub.tokens_seen() == {"hf_simulated"}
    assert hub.honeypot.requests == []


def test_single_models_and_their_new_names() -> None:
    with FakeHub(RECORDS, churn=Churn(births=0, deletions=1, renames=1, hidden=0)) as hub:
        assert get(f"{hub.url}/api/models/acre/model-1").rows == RECORDS[1]
        ask(hub)
        deleted, renamed = hub.changes
        gone = get(f"{hub.url}/api/models/{deleted.old}")
        assert (gone.status, gone.headers["X-Error-Code"]) == (401, "RepoNotFound")
        moved = get(f"{hub.url}/api/models/{renamed.old}")
        assert (moved.status, moved.headers["Location"]) == (307, f"/api/models/{renamed.new}")
        assert get(f"{hub.url}{moved.headers['Location']}").rows["_id"] == renamed.key


def test_a_moving_listing_loses_rows_by_rank_and_none_by_creation() -> None:
    missed = {}
    for sort, direction in (("createdAt", 1), ("downloads", -1)):
        with FakeHub(RECORDS, churn=Churn(moves=0.2)) as hub:
            rows = walk(hub, f"limit=5&sort={sort}&direction={direction}")
            missed[sort] = len(hub.alive_throughout() - {r["_id"] for r in rows})
            assert hub.alive_throughout() < set(KEYS)
            keys = [r["_id"] for r in rows]
            assert (len(keys) == len(set(keys))) == (sort == "createdAt")
    assert missed["createdAt"] == 0
    assert missed["downloads"] > 0


def test_changes_are_told_and_seen() -> None:
    with FakeHub(RECORDS, churn=Churn(moves=0.3, births=2)) as hub:
        walk(hub, "limit=20")
        now = hub.alive_now()
        seen = {r["_id"]: r for r in ask(hub, "limit=100").rows}
    kinds = [change.kind for change in hub.changes]
    assert {kinds.count(k) for k in ("deleted", "hidden", "renamed")} == {len(kinds) // 5}
    assert kinds.count("born") == 2 * len(kinds) // 5
    assert {key: row["id"] for key, row in seen.items()} == now
    assert any(
        row["downloads"] != RECORDS[KEYS.index(k)]["downloads"]
        for k, row in seen.items()
        if k in KEYS
    )
    hub.mark()
    assert hub.alive_throughout() == set(hub.alive_now())


def test_the_same_seed_gives_the_same_churn() -> None:
    def changes(seed: int) -> list[object]:
        with FakeHub(RECORDS, churn=Churn(seed=seed)) as hub:
            walk(hub)
        return list(hub.changes)

    assert changes(1) == changes(1) != changes(2)


def test_no_more_are_born_than_stand_by() -> None:
    with FakeHub(RECORDS[:2], churn=Churn(births=600, deletions=9, moves=1)) as hub:
        for _ in range(4):
            ask(hub)
    assert [c.kind for c in hub.changes].count("born") == 1000
    with FakeHub([], churn=Churn()) as hub:
        assert ask(hub).rows == []


def test_answers_are_compressed_for_those_who_accept_it() -> None:
    with FakeHub(RECORDS, compress=True) as hub:
        plain, packed = ask(hub), ask(hub, **{"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body


def test_one_connection_serves_many_requests_and_threads_do_not_mix() -> None:
    found: list[int] = []

    def ask_often(hub: FakeHub) -> None:
        connection = http.client.HTTPConnection(hub.url.removeprefix("http://"), timeout=5)
        for _ in range(20):
            connection.request("GET", f"/api/models?{ORDERED}")
            found.append(len(json.loads(connection.getresponse().read())))
        connection.close()

    with FakeHub(RECORDS) as hub:
        threads = [threading.Thread(target=ask_often, args=(hub,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [10] * 80
    assert [r.listing_number for r in hub.requests] == list(range(1, 81))


def test_it_stops_at_once_whatever_is_open() -> None:
    with FakeHub(RECORDS, page_faults={1: "silence"}) as hub:
        idle = http.client.HTTPConnection(hub.url.removeprefix("http://"), timeout=5)
        idle.connect()
        silent = threading.Thread(target=raw, args=(hub,))
        silent.start()
        while not hub.requests:
            time.sleep(0.001)
        before = time.monotonic()
    assert time.monotonic() - before < 1
    silent.join(1)
    assert not silent.is_alive()
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        ask(hub)


def test_latency_is_real() -> None:
    with FakeHub(RECORDS, latency_s=0.05) as hub:
        before = time.monotonic()
        ask(hub)
        assert time.monotonic() - before >= 0.05


def test_simulated_rows_hold_what_was_asked_for(world: Simulation) -> None:
    with FakeHub(world, label=world.labels[3]) as hub:
        plain = ask(hub, "limit=5").rows[0]
        assert {"_id", "id", "downloads", "tags", "createdAt"} <= set(plain)
        assert "sha" not in plain
        assert "siblings" in ask(hub, "limit=5&full=true").rows[0]
        two = ask(hub, "limit=5&expand[]=sha&expand[]=likes")
        assert set(two.rows[0]) == {"_id", "id", "sha", "likes", "modelcensus.simulated"}
        assert two.headers["X-Simulated"] == "seed=7"
        top = walk(hub, "limit=1000&sort=downloads&direction=-1")[:2000]
        assert [r["downloads"] for r in top] == sorted((r["downloads"] for r in top), reverse=True)
        assert len(hub.alive_now()) == world.state(3, ["_id"]).num_rows


def test_a_simulated_listing_moves_too(world: Simulation) -> None:
    with FakeHub(world, churn=Churn(moves=0.05)) as hub:
        rows = {r["_id"]: r for r in walk(hub, "limit=1000&full=true")}
        assert hub.alive_throughout() <= set(rows)
        now = hub.alive_now()
        again = {r["_id"]: r for r in walk(hub, "limit=1000")}
        one = get(f"{hub.url}/api/models/{next(iter(now.values()))}").rows
    assert one["_id"] in now
    renamed = [c for c in hub.changes if c.kind == "renamed" and c.after_page < 15]
    for change in renamed:
        if change.key in again:
            assert again[change.key]["id"] == again[change.key]["modelId"] != change.old
    assert any(again[k]["downloads"] != rows[k]["downloads"] for k in again if k in rows)


def test_it_can_be_served_from_another_process() -> None:
    command = [sys.executable, "-m", "modelcensus.testing", "--models", "300", "--churn"]
    command += ["--warm", "expand[]=likes", "--quota", "10"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        url = process.stdout.readline().strip()
        assert len(get(f"{url}/api/models?limit=100&expand[]=likes").rows) == 100
        process.stdin.close()
        assert process.wait(10) == 0


def test_the_command_ends_with_its_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main(["--models", "300", "--latency", "0.001", "--warm", "full=true"]) == 0
    assert capsys.readouterr().out.startswith("http://127.0.0.1:")


def test_other_methods_and_a_second_stop_do_no_harm() -> None:
    with FakeHub(RECORDS) as hub:
        host = hub.url.removeprefix("http://")
        for method, size in (("HEAD", 0), ("POST", len(ask(hub).body))):
            connection = http.client.HTTPConnection(host, timeout=5)
            connection.request(method, f"/api/models?{ORDERED}", headers={"Connection": "close"})
            assert len(connection.getresponse().read()) == size
            connection.close()
        assert hub.requests[-1].method == "POST"
        hub.__exit__(None, None, None)


def test_public_names_come_when_asked_for() -> None:
    assert all(hasattr(testing, name) for name in testing.__all__)
    with pytest.raises(AttributeError, match="no attribute 'RealHub'"):
        _ = testing.RealHub


def test_throughput(capsys: pytest.CaptureFixture[str]) -> None:
    world = Simulation(3, 60_000)
    with FakeHub(world, cache_rows=80_000) as hub:
        query = "limit=1000&sort=createdAt&direction=1&full=true&cardData=true"
        hub.warm(query)
        connection = http.client.HTTPConnection(hub.url.removeprefix("http://"), timeout=30)
        path: str | None = f"/api/models?{query}"
        size, before = 0, time.process_time()
        while path:
            connection.request("GET", path)
            answer = connection.getresponse()
            size += len(answer.read())
            link = answer.headers.get("Link", "")
            path = link[1 : link.index(">")].removeprefix(hub.url) if link else None
        seconds = time.process_time() - before
        connection.close()
    pace = hub.pages_served / seconds
    with capsys.disabled():
        print(
            f"\n  fake hub: {pace:.0f} pages/s of 1,000 rows per CPU second of both ends, "
            f"{size / hub.pages_served / 1000:.0f} kB a page"
        )
    assert pace > 40
