"""The command live: the nerve outlined and measured while it is scanned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nerveapp import NOTICE
from nerveapp.bootstrap.application import Application, application
from nerveapp.cli.clips import parse_spacing, site_of
from nerveapp.cli.console import console, output
from nerveapp.cli.models import DeviceOption, EngineOption
from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.domain.live import LiveMeasurement
from nerveapp.domain.view import Nerve, Site, View
from nerveapp.errors import WriteError
from nerveapp.workflows.live.keep_live import frames_of
from nerveapp.workflows.live.live_session import LiveSession
from nerveapp.workflows.live.recent_frames import KEPT_S, RecentFrames

_CLIP, _TABLE = "clip.mp4", "measurements.csv"


def live(
    *,
    source: Annotated[
        str,
        typer.Option(
            help="A device (/dev/video0), FORMAT:DEVICE (dshow:video=Grabber, avfoundation:0), an address (rtsp://…), "
            "or a clip, which is played at its own speed."
        ),
    ],
    model: Annotated[
        str | None, typer.Option(help="Name of the model; by default the one that fits nerve and site.")
    ] = None,
    spacing_mm: Annotated[
        str | None, typer.Option(metavar="ROW[,COL]", help="Millimetres per pixel, along y and, if other, along x.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Stop after so many; a clip is played over and over until then.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for clip.mp4 and measurements.csv of the last seconds.")
    ] = None,
    keep_seconds: Annotated[float, typer.Option(min=0.1, help="How many of them.")] = KEPT_S,
    nerve: Annotated[Nerve, typer.Option(help="The nerve.")] = Nerve.UNKNOWN,
    site: Annotated[Site | None, typer.Option(help="Where it is scanned.")] = None,
    device: DeviceOption = DeviceName.AUTO,
    engine: EngineOption = EngineName.AUTO,
) -> None:
    """Outline and measure the nerve in the pictures of a frame grabber or camera as they come.

    Every second it prints the area, how the outline came about, and how well the computer keeps up; Ctrl+C ends it.

    Example: `python -m nerveapp live --source /dev/video0 --spacing-mm 0.08 --keep kept`.
    """
    calibration = None if spacing_mm is None else parse_spacing(spacing_mm)
    app = application()
    for name in (_CLIP, _TABLE) if keep is not None else ():
        if keep is not None and (keep / name).exists():
            raise WriteError(f"{keep} holds an earlier {name}.", "Give --keep another folder: nothing is replaced.")
    chosen = model or app.default_model(View(nerve, site_of(nerve, site)))
    segmenter = app.segmenters.segmenter(chosen, device=device, engine=engine)
    recent = RecentFrames(seconds=keep_seconds)
    opened = app.live.sources.open(source, repeat=seconds is not None)
    console.print(f"{chosen} on {segmenter.engine}", markup=False)
    if calibration is None:
        console.print("Uncalibrated, whatever the source says of itself: areas are in px². Give --spacing-mm for mm².")
    session = LiveSession(opened, segmenter, calibration=calibration, recent=recent)
    printed_s: float | None = None

    def on_outline(done: LiveMeasurement) -> None:
        nonlocal printed_s
        time_s = done.live.frame.time_s
        if printed_s is None or time_s - printed_s >= 1.0:
            printed_s = time_s
            unsure = ", unsure" if done.unsure else ""
            output.print(f"{time_s:6.1f} s  {done.area_words}, {done.how}{unsure}; {session.figures(last_s=1.0).words}")
        if seconds is not None and time_s >= seconds:
            session.stop()

    try:
        session.run(on_outline)
    except KeyboardInterrupt:
        console.print("stopped")
    finally:
        opened.close()
    _print_end(session)
    if keep is not None:
        _keep(app, keep, recent, [f"model {chosen}", calibration.words if calibration else "uncalibrated"])
    console.print(NOTICE)


def _print_end(session: LiveSession) -> None:
    figures = session.figures()
    output.print(f"{figures.frames} frames, nerve outlined in {figures.outlined}; {figures.words}")


def _keep(app: Application, folder: Path, recent: RecentFrames, remarks: list[str]) -> None:
    kept = recent.all()
    frames = frames_of(kept)
    app.files.write(folder / _TABLE, app.live.files.measurements_csv(kept, remarks))
    app.live.files.write_clip(folder / _CLIP, frames)
    output.print(f"the last {frames[-1].time_s:.1f} s, {len(frames)} frames, in {folder}", markup=False)
