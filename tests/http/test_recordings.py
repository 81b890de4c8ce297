from __future__ import annotations

from typing import Any


async def test_the_recording_is_for_the_clerk_and_the_bench(desk: Any) -> None:
    for browser in (desk.clerk, desk.judge):
        for method, path in (("GET", ""), ("POST", "/verify"), ("POST", "/compose")):
            detail = await browser.call(method, f"{desk.path}/recording{path}")
            assert (detail["hearing"], detail["video"]) == (desk.hearing["id"], False)
        await browser.refused("GET", f"{desk.path}/recording/video", 404)
    party = await desk.joined(desk.participant("party", "claimant"))
    for path in ("recording", "recording/video"):
        await party.refused("GET", f"{desk.path}/{path}", 401)


async def test_a_player_may_ask_for_a_part(desk: Any) -> None:
    video = bytes(range(256)) * 40
    (desk.court.proceedings.videos / f"{desk.hearing['id']}.mp4").write_bytes(video)
    path = f"{desk.path}/recording/video"
    whole = await desk.clerk.send("GET", path)
    assert whole.status == 200 and whole.content_type == "video/mp4"
    assert await whole.read() == video
    part = await desk.clerk.send("GET", path, headers={"Range": "bytes=100-199"})
    assert part.status == 206 and await part.read() == video[100:200]
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(video)}"
    again = await desk.judge.send("GET", path, headers={"Range": "bytes=0-"})
    assert again.status == 206
    # The two playbacks that began are logged, not the jump into the middle.
    names = {browser: (await browser.call("GET", "me"))["name"] for browser in (desk.clerk, desk.judge)}
    hearing = desk.hearing["id"]
    assert desk.court.proceedings.viewings == [(hearing, names[desk.clerk]), (hearing, names[desk.judge])]
    beyond = await desk.clerk.send("GET", path, headers={"Range": "bytes=999999-"})
    assert beyond.status == 416


async def test_a_playback_that_begins_in_the_middle_is_logged_too(desk: Any) -> None:
    (desk.court.proceedings.videos / f"{desk.hearing['id']}.mp4").write_bytes(bytes(1000))
    path = f"{desk.path}/recording/video"
    for asked in ("bytes=1-", "bytes=-999", "bytes=500-600"):
        assert (await desk.judge.send("GET", path, headers={"Range": asked})).status == 206
    name = (await desk.judge.get("me"))["name"]
    assert desk.court.proceedings.viewings == [(desk.hearing["id"], name)]
