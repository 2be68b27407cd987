"""Commands about this machine: doctor, bench."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import typer
from rich.markup import escape

from nerveapp.bootstrap import application, software_versions, time_analysis_jobs
from nerveapp.bootstrap.bench import LONG_FRAMES, SHORT_FRAMES, measure_memory, measure_speed
from nerveapp.bootstrap.doctor import checks
from nerveapp.cli.console import console, output
from nerveapp.errors import NerveAppError


def doctor() -> None:
    """Report what is installed, where the network computes and whether the main job works here."""
    for package, number in software_versions():
        output.print(f"{package:30s} {number}")
    found = []
    for check in checks(application()):
        found.append(check)
        mark = "[green]ok[/green]   " if check.works else "[red]fails[/red]"
        output.print(f"{mark} {escape(check.label)}: {escape(check.finding)}")
        if not check.works and ("libGL" in check.finding or "libxcb" in check.finding):
            output.print("      On Debian and Ubuntu: apt-get install libgl1 libglib2.0-0 libxcb1")
    if failed := sum(not check.works for check in found):
        raise NerveAppError(f"{failed} of {len(found)} checks failed.", "See the lines marked fails.")


def bench(
    model: Annotated[str, typer.Option(help="Name of the model.")] = "median-wrist",
    repeats: Annotated[int, typer.Option(min=1, help="Rounds; each times everything once, in turn.")] = 3,
    memory: Annotated[bool, typer.Option(help="Also compare the memory that short and long clips take.")] = True,
) -> None:
    """Time the main job, decode to measured, on the demo clip beside three comparisons of the same run.

    Frames per second and ratios are medians over the rounds; compare ratios, not frames per second, between machines.
    """

    def on_round(number: int) -> None:
        console.print(f"round {number} of {repeats}" + (" (warm-up, not counted)" if number == 0 else ""))

    found = measure_speed(application(), model, repeats=repeats, on_round=on_round)
    output.print(f"{found.frames} frames {found.width}x{found.height}, {found.engine}")
    for name, per_second in found.frames_per_second:
        output.print(f"{name:16s} {per_second:8.1f} frames per second")
    output.print(f"{'matrix multiply':16s} {np.median(found.gflops):8.1f} GFLOP/s (float32, 1024, torch)")
    least, most = min(found.ratios), max(found.ratios)
    output.print(f"nerveapp is {np.median(found.ratios):.2f} times the eager loop (rounds {least:.2f}–{most:.2f})")
    for line in time_analysis_jobs(application(), model, rounds=repeats).words:
        output.print(line)
    if memory:
        for kind in measure_memory():
            output.print(
                f"{kind.kind:16s} {LONG_FRAMES} frames take {kind.long_mb / kind.short_mb:.2f} times the memory of "
                f"{SHORT_FRAMES} ({kind.long_mb:.0f} and {kind.short_mb:.0f} MB)"
            )
