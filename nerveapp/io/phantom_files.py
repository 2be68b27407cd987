"""A phantom clip as files: the video, its masks, the true areas and how it was made."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.errors import ClipError
from nerveapp.io.atomic import refused, write_bytes
from nerveapp.io.export import mask_name
from nerveapp.io.video_writing import writing_video
from nerveapp.phantom import PhantomSpec, phantom_frames

SYNTHETIC = "Synthetic ultrasound made by NerveApp; no person was scanned."


class LocalPhantomFiles:
    """Phantoms in folders of this machine (the `PhantomFiles` port)."""

    def write(
        self, folder: Path, spec: PhantomSpec, *, on_progress: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """Write a phantom with its truth; see the port."""
        write_phantom(folder, spec, on_progress=on_progress)

    def calibration(self, spec_file: Path) -> Calibration:
        """Read a phantom's pixel spacing; see the port."""
        return phantom_calibration(spec_file)


def write_phantom(
    folder: Path, spec: PhantomSpec, *, on_progress: Callable[[int, int], None] = lambda *_: None
) -> None:
    """Write clip.mp4, masks/, truth.csv (frame, area_mm2) and spec.json into a folder.

    Raises
    ------
    WriteError
        If a file cannot be written.
    """
    lines = ["frame,area_mm2"]
    _remove_masks_of_before(folder)
    with writing_video(
        folder / "clip.mp4", width=spec.width, height=spec.height, frame_rate=spec.frame_rate_hz, quality=17
    ) as video:
        for frame in phantom_frames(spec):
            video.add(frame.image, frame.time_s)
            _, png = cv2.imencode(".png", frame.mask.astype(np.uint8) * 255)
            write_bytes(folder / "masks" / mask_name(frame.index), png.tobytes())
            lines.append(f"{frame.index},{frame.area_mm2:.6f}")
            on_progress(frame.index + 1, spec.frames)
    write_bytes(folder / "truth.csv", ("\n".join(lines) + "\n").encode())
    description = {**asdict(spec), "remark": SYNTHETIC}
    write_bytes(folder / "spec.json", json.dumps(description, indent=2).encode() + b"\n")


def _remove_masks_of_before(folder: Path) -> None:
    """Remove the masks of a phantom that was written here before: it may have been longer."""
    if not (folder / "spec.json").is_file():
        return
    try:
        for left in (folder / "masks").glob("mask_[0-9][0-9][0-9][0-9][0-9][0-9].png"):
            left.unlink()
    except OSError as error:
        raise refused("masks", error) from error


def phantom_calibration(spec_file: Path) -> Calibration:
    """Read the exact pixel spacing of a phantom from its spec.json.

    Raises
    ------
    ClipError
        If the file is not a phantom's.
    """
    try:
        values = json.loads(spec_file.read_bytes())
        row, column = float(values["row_spacing_mm"]), float(values["column_spacing_mm"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClipError(f"{spec_file.name} does not describe a phantom.", "Make the phantom again.") from error
    return Calibration(row, column, CalibrationOrigin.PHANTOM, "exact, known from how the clip was made")
