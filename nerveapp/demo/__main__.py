"""Make the demo clip and its picture anew: `python -m nerveapp.demo`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2

from nerveapp.analysis.rendering import draw_outline
from nerveapp.demo import DEMO_CLIP, DEMO_PICTURE, DEMO_SPEC, DEMO_TRUTH
from nerveapp.io.phantom_files import write_phantom
from nerveapp.phantom import phantom_frames, phantom_spec


def main() -> None:
    """Write the files beside this one."""
    spec = phantom_spec(seed=1, subject=7, frames=150)
    with tempfile.TemporaryDirectory() as folder:
        write_phantom(Path(folder), spec)
        for path in (DEMO_CLIP, DEMO_SPEC, DEMO_TRUTH):
            path.write_bytes((Path(folder) / path.name).read_bytes())
    first = next(phantom_frames(spec))
    picture = draw_outline(first.image, first.mask)
    cv2.imwrite(str(DEMO_PICTURE), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
