"""The folder that `python -m nerveapp train` learns from, as a ZIP; reading it is `nerveapp.io.labelled`'s."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nerveapp import NOTICE
from nerveapp.analysis.pictures import png_of
from nerveapp.io.annotation_files.frames import Exported, Versions, check_chosen, frame_names
from nerveapp.io.annotation_files.zip_files import pack
from nerveapp.io.export import mask_png
from nerveapp.io.tables import csv_table

_README = """{notice}

Images of nerve ultrasound and the nerve traced in them, chosen in NerveApp ({versions}).

images/NAME.png   a frame as it was decoded; check for names burnt into it before you pass it on
masks/NAME.png    0 outside, 255 inside the nerve; all 0 where the frame shows no nerve
groups.csv        the person each image is of (where no code was given, the clip), and which clip and frame it is,
                  so that no person is split and neighbouring frames are known

Unpack it, then: python -m nerveapp train peripheral-nerve --images FOLDER --name MODEL
"""


def export_training(frames: Sequence[Exported], versions: Versions) -> bytes:
    """Write images, masks (0 outside, 255 inside), groups.csv and README.txt, of one clip or several.

    Raises
    ------
    AnnotationError
        If nothing is chosen, or a frame twice.
    """
    return pack(training_files(frames, versions))


def training_files(frames: Sequence[Exported], versions: Versions) -> Iterator[tuple[str, bytes]]:
    """Give the files of `export_training` one after another, each with its name in the folder; see there."""
    check_chosen(frames)
    names = frame_names(frames, "{clip}_frame_{frame:06d}")
    about = _README.format(notice=NOTICE, versions=", ".join(f"{name} {version}" for name, version in versions))
    yield "README.txt", about.encode()
    yield "groups.csv", _groups(frames, names)
    yield from _pictures(frames, names)


def _groups(frames: Sequence[Exported], names: Sequence[str]) -> bytes:
    rows = []
    groups: dict[str, str] = {}
    for shown, name in zip(frames, names, strict=True):
        # The first one counts for the whole clip: frames of a clip never come into two groups.
        group = groups.setdefault(shown.clip.sha256, shown.clip.person)
        view = shown.clip.view
        place = (shown.clip.sha256, shown.frame)
        rows.append((name, group, *place, view.nerve.value, view.site.value, view.side.value))
    return csv_table(("image", "group", "clip", "frame", "nerve", "site", "side"), rows)


def _pictures(frames: Sequence[Exported], names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for shown, name in zip(frames, names, strict=True):
        yield f"images/{name}.png", png_of(shown.image())
        yield f"masks/{name}.png", mask_png(shown.annotation.mask)
