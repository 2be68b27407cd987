"""A library as a large study has it."""

from datetime import timedelta

import cv2
import numpy as np
from sqlalchemy import Engine, insert

from nerveapp.domain.exam import Exam
from nerveapp.io.store.tables import CLIPS, DESCRIPTIONS, EXAMS, PATIENTS, SOURCE_FILES, SOURCES, THUMBNAILS
from tests.fakes.clock import START


def fill(engine: Engine) -> None:
    """Add 400 patients with 1,000 visits and 3,000 clips, each described twice."""
    numbers = range(3000)
    hashes = [f"{number:064x}" for number in numbers]
    exams = [Exam(f"{number:032x}", f"S{number % 400}") for number in range(1000)]
    view = {"nerve": "median", "site": "wrist", "side": "left"}
    with engine.begin() as connection:
        connection.execute(insert(PATIENTS), [{"code": f"S{n}", "added_at": START} for n in range(400)])
        values = [{"id": exam.id, "patient": exam.patient, "added_at": START} for exam in exams]
        connection.execute(insert(EXAMS), [{**one, "indication": "", "note": ""} for one in values])
        sizes = {"width": 64, "height": 48}
        clips = [{"sha256": hashes[n], "added_at": START + timedelta(minutes=n), **sizes} for n in numbers]
        connection.execute(insert(CLIPS), clips)
        for rater in ("R1", "R2"):
            said = [
                {
                    "clip_sha256": hashes[n],
                    "frame_count": 100,
                    "subject": exams[n % 1000].patient,
                    "exam_id": exams[n % 1000].id,
                    "rater": rater,
                    "described_at": START,
                    **view,
                }
                for n in numbers
            ]
            connection.execute(insert(DESCRIPTIONS), said)
        told = {"origin": "upload", "credit": "", "study_uid": "", "series_uid": "", "instance_uid": ""}
        named = [{"clip_sha256": one, "name": f"{one}.mp4", "name_folded": f"{one}.mp4", **told} for one in hashes]
        connection.execute(insert(SOURCES), named)
        files = [
            {"clip_sha256": one, "position": 0, "name": "x", "key": one, "sha256": one, "size": 1} for one in hashes
        ]
        connection.execute(insert(SOURCE_FILES), files)
        jpeg = cv2.imencode(".jpg", np.full((240, 320), 90, np.uint8))[1].tobytes()
        connection.execute(insert(THUMBNAILS), [{"clip_sha256": one, "jpeg": jpeg} for one in hashes])
