"""The arithmetic of the relay benchmark, its synthetic packets, and its place in the documents."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import janus_sdp
from benchmarks.figures import Missing
from benchmarks.relay_hearings import largest
from benchmarks.relay_measure import Effort, Point, Run, middle, ratio, result, summary
from benchmarks.relay_plot import ceiling, draw, rates, variants
from benchmarks.relay_report import BEGIN, DOCUMENT, END, filled, markdown, table, write_docs
from benchmarks.relay_source import sent_at_ns, vp8_payload
from benchmarks.relay_traffic import Outcome, latency
from room_server.relay.rtp.payload import begins_vp8_key_frame, vp8_descriptor_length


def outcome(*, received: int = 1000, reasons: list[str] | None = None, slow: float = 0.0) -> Outcome:
    latencies = [100.0 + slow] * 98 + [900.0, 1000.0]
    return Outcome(2.0, 1000, received, 100, latencies, reasons or [])


def scene(costs: list[float], **made: Any) -> Any:
    runs = [Run(cost, outcome(**made)) for cost in costs]
    return SimpleNamespace(
        server=SimpleNamespace(name="ours", path="native"),
        runs=runs,
        links=[object()] * 21,
        joins_ms=[10.0, 12.0, 30.0],
        rss_kib=3000,
        rss_before_kib=1000,
        idle_share=0.0123,
    )


def test_medians_least_and_greatest_of_the_runs() -> None:
    found = summary(scene([3.0, 1.0, 2.0]))
    assert found["cpu_us_per_packet"] == {"median": 2.0, "min": 1.0, "max": 3.0}
    assert found["latency_us"] == {"p50": 100.0, "p99": 900.0}
    assert found["forwarded_per_s"] == 500
    assert found["loss"] == 0
    assert found["memory_kib_per_participant"] == 100.0
    assert found["join_to_first_packet_ms"] == {"p50": 12.0, "max": 30.0}


def test_runs_in_which_the_load_fell_behind_do_not_count() -> None:
    one = scene([2.0, 2.2])
    one.runs.append(Run(50.0, outcome(reasons=["the load fell behind"])))
    found = summary(one)
    assert found["cpu_us_per_packet"]["max"] == 2.2
    assert (found["runs_counted"], found["invalid"]) == (2, [])


def test_where_no_run_counts_the_result_says_why() -> None:
    found = result(Point(), Effort(), [scene([2.0], reasons=["the load fell behind"])])
    assert found["ours"]["invalid"] == ["the load fell behind"]
    assert found["valid"] is False


def test_loss_is_what_did_not_come_of_what_should_have() -> None:
    assert summary(scene([1.0], received=990))["loss"] == 0.01
    assert outcome(received=1001).loss == 0.0


def test_the_object_has_the_agreed_names_without_and_with_a_peer() -> None:
    alone = result(Point(), Effort(), [scene([2.0])])
    assert (alone["janus"], alone["ratio"], alone["path"]) == (None, None, "native")
    assert {"ours", "janus", "ratio", "profile", "features", "path"} <= set(alone)
    ours = summary(scene([2.0]))
    assert ratio(ours, summary(scene([8.0]))) == 0.25
    json.dumps(alone)


def test_latency_of_nothing_is_unknown() -> None:
    assert latency([]) == {"p50": None, "p99": None}
    assert middle([None, 2.0, 4.0]) == 3.0
    assert middle([None]) is None


@pytest.mark.parametrize(("first", "key_frame"), [(True, True), (True, False), (False, True)])
def test_synthetic_vp8_is_read_as_what_it_is(first: bool, key_frame: bool) -> None:
    payload = vp8_payload(200, 40_000, first=first, key_frame=key_frame)
    assert len(payload) == 192, "the stamp comes on top"
    assert vp8_descriptor_length(payload, 0, len(payload)) == 4
    assert begins_vp8_key_frame(payload, 0, len(payload)) is (first and key_frame)
    assert int.from_bytes(payload[2:4], "big") == 0x8000 | 40_000 & 0x7FFF


def test_the_stamp_is_read_from_the_end_whatever_comes_before() -> None:
    stamp = (123_456_789_012).to_bytes(8, "big")
    assert sent_at_ns(b"any header" + stamp) == sent_at_ns(stamp) == 123_456_789_012


@pytest.mark.parametrize("carried", [0, 1, 2, 3, 7, 12, 20])
async def test_the_largest_number_that_holds_is_found_in_few_tries(carried: int) -> None:
    tried = []

    async def holds(number: int) -> bool:
        tried.append(number)
        return number <= carried

    assert await largest(holds, 20) == carried
    assert len(tried) <= 10
    assert len(set(tried)) == len(tried)
    assert all(1 <= number <= 20 for number in tried)


# -- Janus's descriptions ---------------------------------------------------------------------------------------------

OFFERED = """v=0\r
a=fingerprint:sha-256 AA:BB\r
m=video 9 UDP/TLS/RTP/SAVPF 96 97\r
a=mid:v0\r
a=ice-ufrag:frag\r
a=ice-pwd:word\r
a=setup:actpass\r
a=rtpmap:96 VP8/90000\r
a=candidate:1 1 udp 2015363327 192.0.2.2 53166 typ host\r
a=candidate:2 1 udp 2015363583 fd00::2 58612 typ host\r
"""


def test_the_servers_end_is_read_from_its_description() -> None:
    remote = janus_sdp.remote_of(OFFERED)
    assert (remote.ip, remote.port, remote.fragment, remote.password) == ("192.0.2.2", 53166, "frag", "word")
    assert (remote.fingerprints[0].value, remote.role) == ("AA:BB", "client")


def test_retransmissions_are_told_from_media_by_what_was_announced() -> None:
    assert janus_sdp.pairs("a=ssrc:5 cname:x\r\na=ssrc-group:FID 5 6\r\na=ssrc-group:FID 7 8\r\n") == {
        6: 5,
        8: 7,
    }


def test_a_description_without_a_usable_candidate_is_refused() -> None:
    with pytest.raises(janus_sdp.JanusError, match="no IPv4 candidate"):
        janus_sdp.remote_of(OFFERED.replace("192.0.2.2", "fd00::3"))


# -- documents --------------------------------------------------------------------------------------------------------


def found(*, valid: bool = True) -> dict[str, Any]:
    reasons = [] if valid else ["the load fell behind"]
    points = [
        result(Point(rate=rate), Effort(), [scene([cost], reasons=reasons)])
        for rate, cost in ((1000, 9.0), (20_000, 4.0))
    ]
    points.append(result(Point(size=172, profile="cm_sha1_80"), Effort(), [scene([5.0])]))
    for point in points:
        point["janus"] = summary(scene([12.5]))
        point["ratio"] = ratio(point["ours"], point["janus"])
    return {
        "points": points,
        "hearings": {"ours": {"carried": 12, "limited_by": "server"}, "janus": None},
        "peer_version": "1.1.2",
        "load": {"before": 0.1, "after": 1.0},
        "at": "2026-11-24T00:00:00+00:00",
        "cores": 2,
        "processor": "a processor",
        "system": "a system",
        "python": "3.11",
        "packages": {"aiortc": "1.16.0", "pylibsrtp": "1.0.0"},
        "commit": "abc",
    }


def test_the_table_says_costs_ratio_machine_and_versions() -> None:
    text = table(found())
    assert "4.00 (4.00–4.00)" in text
    assert "12.50 (12.50–12.50)" in text
    assert "0.32" in text
    assert "one core carries 12 six-person hearings" in text
    assert "Janus 1.1.2" in text
    assert "a processor" in text


def test_where_the_load_was_the_limit_the_number_of_hearings_is_a_least_one() -> None:
    whole = found()
    whole["hearings"]["ours"]["limited_by"] = "load"
    assert "one core carries at least 12 six-person hearings" in table(whole)


def test_the_table_marks_what_does_not_count() -> None:
    assert "(invalid)" in table(found(valid=False))
    assert "invalid: the load fell behind" in table(found(valid=False))


def test_only_the_part_between_the_markers_is_replaced() -> None:
    text = filled(f"before\n{BEGIN}\nold\n{END}\nafter", "new")
    assert text == f"before\n{BEGIN}\nnew\n{END}\nafter"


def test_table_and_plot_are_put_into_the_documents(tmp_path: Path) -> None:
    document, plot = tmp_path / "benchmarks.md", tmp_path / "images" / "relay-benchmark.png"
    document.write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n", encoding="utf-8")
    write_docs(found(), document, plot)
    write_docs(found(), document, plot)
    text = document.read_text(encoding="utf-8")
    assert (text.count(BEGIN), text.count("| 20 000 |"), "old" in text) == (1, 2, False)
    assert "](images/relay-benchmark.png)" in text
    assert plot.exists()


@pytest.mark.parametrize("document", ["no markers", f"{END} {BEGIN}", f"{BEGIN} {BEGIN} {END}"])
def test_a_document_without_its_markers_is_left_alone(document: str, tmp_path: Path) -> None:
    path = tmp_path / "figures.md"
    path.write_text(document, encoding="utf-8")
    with pytest.raises(Missing, match="once each"):
        write_docs(found(), path, tmp_path / "plot.png")
    assert path.read_text(encoding="utf-8") == document


def test_the_real_document_has_a_place_for_the_figures() -> None:
    assert markdown(found()) in filled(DOCUMENT.read_text(encoding="utf-8"), markdown(found()))


def test_the_plot_is_a_picture_of_the_points(tmp_path: Path) -> None:
    points = found()["points"]
    assert [point["rate"] for point in rates(points)] == [1000, 20_000]
    assert [label for label, _ in variants(points)] == [
        "1200 bytes, GCM, 20 viewers",
        "172 bytes, CM with SHA-1",
    ]
    assert ceiling(points) >= 12.5
    path = tmp_path / "images" / "plot.png"
    draw(points, path)
    assert path.read_bytes().startswith(b"\x89PNG")
