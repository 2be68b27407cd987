import json
import math
import struct
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import nerveapp.ui.components.player
from nerveapp.ui.components.player import Scene, _reported, frames_seen, pack, player

VIDEO = bytes(range(256)) * 3


def scene(frames: int = 3) -> Scene:
    return Scene(
        width=641,
        height=480,
        video_scale=0.5,
        times_s=tuple(index / 25 for index in range(frames)),
        video_frame_rate=25.0,
        contours=(((1, 2, 3, 4, 5, 6), (7, 8, 9, 10, 11, 12)),) + ((),) * (frames - 1),
        captions=("8.42 mm²",) + ("no nerve found",) * (frames - 1),
        flags=("",) + ("area jump, low confidence",) * (frames - 1),
        chart_key="curve",
    )


def parse(packed: bytes) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack_from("<I", packed)
    header: dict[str, Any] = json.loads(packed[4 : 4 + length])
    return header, packed[4 + length :]


def test_packing_keeps_every_value_and_every_byte() -> None:
    header, video = parse(pack(scene(), VIDEO, clip="c", key="p", start_frame=2))

    assert video == VIDEO
    assert header["player"] == "p"
    assert header["start"] == 2
    assert (header["width"], header["height"], header["video_scale"]) == (641, 480, 0.5)
    assert header["times_s"] == [0.0, 0.04, 0.08]
    assert header["video_frame_rate"] == 25.0
    assert header["contours"] == [[[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]], [], []]
    assert header["captions"] == ["8.42 mm²", "no nerve found", "no nerve found"]
    assert header["flags"] == ["", "area jump, low confidence", "area jump, low confidence"]
    assert header["chart_key"] == "curve"


def test_packing_twice_gives_the_same_bytes() -> None:
    assert pack(scene(), VIDEO, clip="c", key="p", start_frame=0) == pack(
        scene(), VIDEO, clip="c", key="p", start_frame=0
    )


def test_a_corrected_outline_is_another_scene_of_the_same_clip() -> None:
    before, _ = parse(pack(scene(), VIDEO, clip="c", key="p", start_frame=0))
    after, _ = parse(pack(replace(scene(), contours=((), (), ())), VIDEO, clip="c", key="p", start_frame=0))

    assert after["clip"] == before["clip"]
    assert after["id"] != before["id"]


def test_the_same_scene_of_another_clip_is_told_apart() -> None:
    one, _ = parse(pack(scene(), VIDEO, clip="c", key="p", start_frame=0))
    other, _ = parse(pack(scene(), VIDEO, clip="d", key="p", start_frame=0))

    assert (one["clip"], other["clip"]) == ("c", "d")


@pytest.mark.parametrize("name", ["contours", "captions", "flags"])
@pytest.mark.parametrize("frames", [2, 4])
def test_every_frame_needs_an_entry(name: str, frames: int) -> None:
    with pytest.raises(ValueError, match=f"Expected 3 {name}.*got {frames}"):
        replace(scene(), **{name: getattr(scene(frames), name)})


def test_a_scene_without_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        replace(scene(), times_s=(), contours=(), captions=(), flags=())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("width", 0),
        ("height", -1),
        ("video_scale", 0.0),
        ("video_scale", math.nan),
        ("video_frame_rate", 0.0),
        ("video_frame_rate", math.inf),
    ],
)
def test_sizes_and_rates_are_above_zero(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"Expected a {name} above 0"):
        replace(scene(), **{name: value})


@pytest.mark.parametrize("times", [(0.0, 0.04, 0.04), (0.0, 0.08, 0.04), (0.0, math.nan, 0.1), (0.0, 0.1, math.inf)])
def test_times_are_finite_and_increase(times: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="times_s"):
        replace(scene(), times_s=times)


def test_contours_are_pairs() -> None:
    with pytest.raises(ValueError, match="contours of frame 1"):
        replace(scene(), contours=((), ((1, 2, 3),), ()))


@pytest.mark.parametrize("start", [-1, 3])
def test_the_start_frame_is_a_frame(start: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 2"):
        player(scene(), clip="c", video=lambda: VIDEO, key="p", start_frame=start)


@pytest.mark.parametrize(
    ("value", "frame"),
    [
        ({"clip": "this", "index": 7}, 7),
        ({"clip": "this", "index": 0}, 0),
        ({"clip": "another", "index": 7}, 4),
        ({"clip": "this", "index": 10}, 4),
        ({"clip": "this", "index": -1}, 4),
        ({"clip": "this", "index": "7"}, 4),
        ({"clip": "this"}, 4),
        (7, 4),
        (None, 4),
    ],
)
def test_only_a_report_about_this_clip_counts(value: object, frame: int) -> None:
    assert _reported(value, clip="this", frames=10, otherwise=4) == frame


SENT: list[str] = []


def _page() -> None:
    import streamlit as st  # noqa: PLC0415 - it runs as a script of its own

    from nerveapp.ui.components.player import player  # noqa: PLC0415
    from tests.ui.components.test_player import SENT, VIDEO, scene  # noqa: PLC0415

    def video() -> bytes:
        SENT.append("sent")
        return VIDEO

    player(scene(), clip=st.session_state.get("clip", "c"), video=video, key="p")


def _drawn(page: AppTest, said: object = None) -> int:
    """Draw the page; gives how often the video was sent for it."""
    SENT.clear()
    if said is not None:
        page.session_state["p"] = {"frame": said}
    page.run()
    assert not page.exception
    return len(SENT)


def test_a_video_is_sent_until_the_browser_holds_it_and_not_again_while_it_is_on_its_way() -> None:
    page = AppTest.from_function(_page, default_timeout=30)
    assert [_drawn(page), _drawn(page)] == [1, 0], "the browser had no time to say that it has it"
    assert _drawn(page, {"clip": "c", "index": 0}) == 0
    page.session_state["clip"] = "another"
    assert _drawn(page, {"clip": "c", "index": 0}) == 1


def test_a_player_that_has_no_video_gets_it_at_once_each_time_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    page = AppTest.from_function(_page, default_timeout=30)
    assert _drawn(page) == 1
    assert [_drawn(page, {"clip": "", "index": 0, "at": at}) for at in (1.0, 1.0, 2.0)] == [1, 0, 1]
    monkeypatch.setattr(nerveapp.ui.components.player, "_ON_ITS_WAY_S", 0.0)
    assert _drawn(page) == 1, "what never arrived is sent again after a while"


@pytest.mark.parametrize(
    ("reported", "told"),
    [
        ({"outlines": "a", "seen": [[2, 4], [9, 9]]}, ("a", (2, 3, 4, 9))),
        ({"outlines": "a", "seen": [[2], "x", [3, None], [5, 4], [7, 7]]}, ("a", (7,))),
        ({"outlines": 3, "seen": [[1, 2]]}, ("", ())),
        ({"clip": "c", "index": 1}, ("", ())),
        (None, ("", ())),
    ],
)
def test_frames_seen_are_told_with_the_name_of_their_outlines(
    monkeypatch: pytest.MonkeyPatch, reported: object, told: tuple[str, tuple[int, ...]]
) -> None:
    monkeypatch.setattr("streamlit.session_state", {"p": {"frame": reported}})
    assert frames_seen("p") == told
    assert frames_seen("another") == ("", ())
