"""What a live examination showed, as an MP4 that any program plays and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nerveapp import NOTICE
from nerveapp.domain.clip import Frame
from nerveapp.domain.live import LiveMeasurement
from nerveapp.io.tables import csv_table
from nerveapp.io.video_writing import writing_video

_QUALITY = 8
"""Of x264: no difference can be seen, and outlines are those of the pictures themselves."""

_COLUMNS = ("frame", "time_s", "area_px2", "area_mm2", "how", "confidence", "latency_ms")


class Mp4LiveFiles:
    """Writes H.264 in MP4, and CSV (the `LiveFiles` port)."""

    def write_clip(self, path: Path, frames: Sequence[Frame]) -> None:
        """Write frames; see the port."""
        height, width = frames[0].image.shape[:2]
        lasted_s = frames[-1].time_s - frames[0].time_s
        rate = (len(frames) - 1) / lasted_s if lasted_s > 0 else 25.0
        with writing_video(path, width=width, height=height, frame_rate=rate, quality=_QUALITY) as video:
            for frame in frames:
                video.add(frame.image, frame.time_s - frames[0].time_s)

    def measurements_csv(self, outlines: Sequence[LiveMeasurement], remarks: Sequence[str]) -> bytes:
        """Write a row per picture; see the port."""
        rows = [_row(index, one, outlines[0].live.captured_s) for index, one in enumerate(outlines)]
        return csv_table(_COLUMNS, rows, remarks=(NOTICE, *remarks))


def _row(index: int, outline: LiveMeasurement, first_s: float) -> tuple[object, ...]:
    return (
        index,
        round(outline.live.captured_s - first_s, 3),
        outline.area_px or None,
        None if outline.area_mm2 is None else round(outline.area_mm2, 4),
        str(outline.how),
        round(outline.confidence, 4),
        round(1000 * outline.latency_s, 1),
    )
