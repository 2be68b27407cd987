"""Commands about clips: analyse, phantom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from nerveapp import NOTICE
from nerveapp.analysis.plausibility import implausible, outside_region
from nerveapp.bootstrap import application
from nerveapp.cli.console import console, output, progress_bar
from nerveapp.cli.many import analyse_folder
from nerveapp.cli.models import DeviceOption, EngineOption
from nerveapp.domain.analysis import Analysis
from nerveapp.domain.batch import BatchSettings
from nerveapp.domain.calibration import Calibration, CalibrationOrigin
from nerveapp.domain.clip import ClipInfo
from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.domain.measurement import area_in_words
from nerveapp.domain.tracking import How, Point
from nerveapp.domain.view import SITES, Nerve, Side, Site, View
from nerveapp.domain.view_name import view_with_name
from nerveapp.errors import AnalysisError, CalibrationError, NerveAppError
from nerveapp.phantom import PHANTOM_SITES, phantom_spec
from nerveapp.workflows.analysing.analyse import analyse as run_analysis
from nerveapp.workflows.analysing.familiarity import warning_before
from nerveapp.workflows.following.point import checked_points
from nerveapp.workflows.models.choose_model import choice_of


def analyse(
    *,
    clip: Annotated[
        list[Path],
        typer.Argument(help="A clip (video, DICOM, TIFF, NIfTI, ZIP of stills), several stills, or a folder of clips."),
    ],
    out: Annotated[
        Path,
        typer.Option(help="Folder for measurements.csv, summary.json, overlay.mp4 and masks/; of many, one each."),
    ],
    model: Annotated[
        str | None, typer.Option(help="Name of the model; by default the one that fits nerve and site.")
    ] = None,
    spacing_mm: Annotated[
        str | None, typer.Option(metavar="ROW[,COL]", help="Millimetres per pixel, along y and, if other, along x.")
    ] = None,
    region: Annotated[
        int | None, typer.Option(min=1, help="Which calibrated region of a DICOM file, as inspect numbers them.")
    ] = None,
    nerve: Annotated[Nerve, typer.Option(help="The nerve.")] = Nerve.UNKNOWN,
    site: Annotated[Site | None, typer.Option(help="Where it was scanned; the clip's name may tell it, too.")] = None,
    side: Annotated[Side, typer.Option(help="Side of the body.")] = Side.UNKNOWN,
    point: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FRAME,X,Y[,AREA]",
            help="Follow the nerve at this point, px from the top left corner, and of those there the one of this area "
            "in px; again for another frame that corrects.",
        ),
    ] = None,
    box: Annotated[
        list[str] | None,
        typer.Option(metavar="FRAME,LEFT,TOP,RIGHT,BOTTOM", help="Follow the nerve in this box, in the same way."),
    ] = None,
    flip: Annotated[
        bool,
        typer.Option(help="Test-time flip: average with the prediction on the flipped frame; twice the time."),
    ] = False,
    device: DeviceOption = DeviceName.AUTO,
    engine: EngineOption = EngineName.AUTO,
    ray: Annotated[
        bool, typer.Option("--ray", help="A folder's clips on a Ray cluster: RAY_ADDRESS, or this machine's cores.")
    ] = False,
) -> None:
    """Outline the nerve in every frame of a clip, or of each clip of a folder, and measure it.

    Example: `python -m nerveapp analyse clip.mp4 --out result --spacing-mm 0.08`.
    Areas are in mm² only if the clip carries its pixel spacing (DICOM) or `--spacing-mm` gives it. Of a folder, what
    an earlier run finished in the same way is kept, and a clip that cannot be read stops no other.
    """
    view = View(nerve, site_of(nerve, site), side)
    typed = None if spacing_mm is None else parse_spacing(spacing_mm)
    points: Sequence[Point] = [*map(parse_point, point or ()), *map(parse_box, box or ())]
    if typed is not None and region is not None:
        raise NerveAppError("Both give the calibration.", "Give --spacing-mm or --region, not both.")
    here = application()
    if len(clip) == 1 and clip[0].is_dir():
        if points:
            raise NerveAppError("A point is in one clip.", "Give that clip with --point or --box, not a folder.")
        if region is not None:
            raise NerveAppError("A region is in one clip.", "Give that clip with --region, not a folder.")
        settings = BatchSettings(view, typed, model or "", flip, device, engine)
        failed = analyse_folder(clip[0], out, settings, here.workers(on_ray=ray))
        console.print(NOTICE)
        if failed:
            raise typer.Exit(2)
        return
    if ray:
        raise NerveAppError("One clip is analysed here.", "Give a folder of clips with --ray.")
    if len(clip) == 1:
        view = view_with_name(view, clip[0].name)
    chosen = model or here.default_model(view)
    opened = here.local_clips.open(clip)
    calibration = typed or (opened.info.calibration if region is None else region_of(opened.info, region))
    points = checked_points(points, width=opened.info.width, height=opened.info.height)
    segmenter = here.segmenters.segmenter(chosen, test_time_flip=flip, device=device, engine=engine)
    console.print(f"{opened.info.format}, {opened.info.width}x{opened.info.height}; {chosen} on {segmenter.engine}")
    unlike = warning_before(segmenter.card, opened.frames())
    for warning in (choice_of(chosen, view, here.models, here.registry_if_there).warning, unlike):
        if warning is not None:
            console.print(f"WARNING: {warning}", markup=False)
    with here.exports.reserved(out):
        with progress_bar("outlining") as report:
            analysis = run_analysis(
                opened,
                segmenter,
                view=view,
                calibration=calibration,
                points=points,
                on_frame=lambda done: report(done.frame.index + 1, opened.info.frame_count),
            )
        console.print("writing measurements.csv, masks/, overlay.mp4, summary.json")
        here.exports.write_all(out, opened, analysis)
    print_summary(analysis)


def parse_spacing(text: str) -> Calibration:
    """Read ROW[,COL] in mm per pixel.

    Raises
    ------
    CalibrationError
        If it is not one or two numbers in range.
    """
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) == 2 and values[0] == 0:
        raise CalibrationError(f"The spacing {text!r} is 0 along y.", "Write decimals with a point: 0.08.")
    if len(values) not in (1, 2):
        raise CalibrationError(f"The spacing {text!r} is not ROW or ROW,COL.", "Give for example 0.08 or 0.08,0.1.")
    return Calibration(values[0], values[-1], CalibrationOrigin.TYPED, f"{text} mm per pixel")


def parse_point(text: str) -> Point:
    """Read FRAME,X,Y[,AREA]: a frame from 0, px of the source grid from its top left corner, and the nerve's area, px.

    Raises
    ------
    AnalysisError
        If it is not a whole number and two or three others, or the area is none.
    """
    try:
        frame, x, y, *area = text.split(",")
        (meant,) = map(float, area) if area else (None,)
        point = Point(int(frame), float(x), float(y), area=meant)
    except ValueError:
        raise AnalysisError(
            f"The point {text!r} is not FRAME,X,Y or FRAME,X,Y,AREA.",
            "Give for example 24,310,180: the frame, then px along x and y. An area in px, as in 24,310,180,2400, "
            "tells which of the outlines there is meant.",
        ) from None
    return point


def parse_box(text: str) -> Point:
    """Read FRAME,LEFT,TOP,RIGHT,BOTTOM: a frame from 0, and the sides in px from the source grid's top left corner.

    Raises
    ------
    AnalysisError
        If it is not a whole number and four others, or the box is empty.
    """
    try:
        frame, *sides = text.split(",")
        left, top, right, bottom = map(float, sides)
        drawn = Point.in_box(int(frame), left, top, right, bottom)
    except ValueError:
        raise AnalysisError(
            f"The box {text!r} is not FRAME,LEFT,TOP,RIGHT,BOTTOM.",
            "Give for example 24,280,150,340,210: the frame, then px along x and y, with left before right.",
        ) from None
    return drawn


def region_of(info: ClipInfo, number: int) -> Calibration:
    """Give a calibrated region of a file by its number, from 1.

    Raises
    ------
    CalibrationError
        If the file has no such region.
    """
    if not 1 <= number <= len(info.regions):
        there = f"{len(info.regions)} regions to choose from" if info.regions else "no regions to choose from"
        raise CalibrationError(
            f"The file has {there}, and {number} was asked for.",
            "See python -m nerveapp inspect for what was read of it.",
        )
    return info.regions[number - 1]


def site_of(nerve: Nerve, site: Site | None, *, of: Mapping[Nerve, tuple[Site, ...]] = SITES) -> Site:
    """Give the site asked for; raises NerveAppError if the nerve has no such site, or the nerve is not given.

    Where none is asked for it is not known. Of what is drawn, not scanned, it is the first that there is of the nerve.

    Parameters
    ----------
    nerve : Nerve
    site : Site or None
    of : mapping of Nerve to tuple of Site
        The sites that there are.
    """
    if nerve is Nerve.UNKNOWN and of is SITES:
        if site not in (None, Site.UNKNOWN):
            raise NerveAppError(f"A site {site.where} of which nerve?", "Give --nerve beside --site.")
        return Site.UNKNOWN
    sites = of.get(nerve, ())
    if not sites or site not in (None, *sites):
        there = ", ".join(f"{some} ({', '.join(its)})" for some, its in of.items() if some is nerve or not sites)
        raise NerveAppError(f"There is no site {site or 'at all'} of the {nerve} nerve here.", f"There are: {there}.")
    return site or (Site.UNKNOWN if of is SITES else sites[0])


def print_summary(analysis: Analysis) -> None:
    """Print what an analysis found, and what its reader has to know of it."""
    summary = analysis.summary
    frames = "1 frame" if summary.frames == 1 else f"{summary.frames} frames"
    output.print(
        f"{frames}, nerve found in {summary.outlined}, {summary.flagged} flagged for review; "
        f"{len(analysis.frames) / analysis.seconds:.1f} frames per second"
    )
    came = Counter(frame.how for frame in analysis.frames)
    output.print("outlines: " + ", ".join(f"{came[how]} {how}" for how in How if came[how]))
    if analysis.others:
        output.print(f"the nerve measured is one of {len(analysis.others) + 1} that were followed")
    reasons = implausible(analysis)
    if summary.area_median is not None and summary.area_max is not None:
        areas = (
            f"area median {area_in_words(summary.area_median, summary.unit)} (frame {summary.area_median_frame}), "
            f"largest {area_in_words(summary.area_max, summary.unit)} (frame {summary.area_max_frame})"
        )
        output.print(f"[dim]no finding: {areas}[/dim]" if reasons else areas)
    for reason in reasons:
        output.print(f"no finding, since {reason}", markup=False)
    if analysis.calibration is None:
        output.print("Uncalibrated: areas are in px². Give --spacing-mm for mm².")
    else:
        output.print(f"calibration: {analysis.calibration.origin} {analysis.calibration.detail}", markup=False)
    if (outside := outside_region(summary)) is not None:
        output.print(outside)
    for note in analysis.clip.notes:
        console.print(note, markup=False)
    if analysis.truncation:
        console.print(f"WARNING: the clip is incomplete. {analysis.truncation}", markup=False)
    console.print(NOTICE)


def phantom(
    *,
    out: Annotated[Path, typer.Option(help="Folder for clip.mp4, masks/, truth.csv and spec.json.")],
    seed: Annotated[int, typer.Option(min=0, help="Decides motion and speckle.")] = 0,
    frames: Annotated[int, typer.Option(min=1, help="Number of frames, at 25 per second.")] = 120,
    nerve: Annotated[Nerve, typer.Option(help="The nerve.")] = Nerve.MEDIAN,
    site: Annotated[Site | None, typer.Option(help="Where it is scanned; by default the nerve's usual site.")] = None,
    subject: Annotated[int, typer.Option(min=0, help="Decides anatomy and machine settings.")] = 0,
    width: Annotated[int, typer.Option(min=64, help="Width in pixels.")] = 640,
    height: Annotated[int, typer.Option(min=64, help="Height in pixels.")] = 480,
) -> None:
    """Make a synthetic clip whose outline, area and pixel spacing are known exactly.

    Example: `python -m nerveapp phantom --out phantom --seed 1 --frames 120 --site forearm`
    """
    chosen = site_of(nerve, site, of=PHANTOM_SITES)
    spec = phantom_spec(seed=seed, subject=subject, nerve=nerve, site=chosen, frames=frames, width=width, height=height)
    with progress_bar("scanning") as report:
        application().phantom_files.write(out, spec, on_progress=report)
    output.print(f"{frames} frames of subject {subject}, {nerve} nerve {chosen.where}, in {out}", markup=False)
