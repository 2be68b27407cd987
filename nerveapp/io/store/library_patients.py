"""Patients in the store: describing them, and giving them another code."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select

from nerveapp.domain.patient import Patient
from nerveapp.errors import LibraryError
from nerveapp.io.store.clips import add_patient
from nerveapp.io.store.library_lists import clips_of_patients, patient_of
from nerveapp.io.store.tables import CLIPS, DESCRIPTIONS, EXAMS, LIBRARY_LOG, LOCKED_FRAMES, PATIENTS


def describe(connection: Connection, code: str, change: Callable[[Patient], Patient], now: datetime) -> Patient:
    """Say anew what is known of a patient, who is added where unknown, and give it; nobody else does between."""
    its = PATIENTS.c.code == code
    add_patient(connection, code, now)
    patient = change(patient_of(connection.execute(select(PATIENTS).where(its).with_for_update()).mappings().one()))
    values = {
        "birth_year": patient.birth_year,
        "height_cm": patient.height_cm,
        "wrist_mm": patient.wrist_mm,
        "sex": patient.sex.value if patient.sex else None,
    }
    connection.execute(PATIENTS.update().where(its).values(values))
    return patient


def rename(connection: Connection, code: str, new: str) -> None:
    """Give a patient another code in every row: a mistyped one may be a name, which is to stay nowhere.

    Raises
    ------
    LibraryError
        If there is no such patient, or one of the new code already.
    """
    # Clips before their patient, as whoever describes a clip takes them.
    clips = select(CLIPS.c.sha256).where(CLIPS.c.sha256.in_(clips_of_patients((code,)))).order_by(CLIPS.c.sha256)
    connection.execute(clips.with_for_update())
    its = select(PATIENTS).where(PATIENTS.c.code == code).with_for_update()
    row = connection.execute(its).mappings().one_or_none()
    if row is None:
        raise LibraryError("The patient is not in the library (any more).", "Look again at what it holds.")
    if connection.execute(select(PATIENTS.c.code).where(PATIENTS.c.code == new)).first() is not None:
        raise LibraryError(
            f"There is a patient {new} already.", "Give another code, or move the visits to that patient one by one."
        )
    connection.execute(PATIENTS.insert().values({**row, "code": new}))
    for column in (EXAMS.c.patient, DESCRIPTIONS.c.subject, LOCKED_FRAMES.c.person):
        connection.execute(column.table.update().where(column == code).values({column: new}))
    connection.execute(PATIENTS.delete().where(PATIENTS.c.code == code))
    whole = re.compile(rf"(?<![\w.-]){re.escape(code)}(?![\w-])")
    log = LIBRARY_LOG.c
    lines = select(log.sequence, log.what).where(log.what.contains(code, autoescape=True))
    for row in connection.execute(lines).mappings().all():
        said = whole.sub(new, row["what"])
        connection.execute(LIBRARY_LOG.update().where(log.sequence == row["sequence"]).values(what=said))
