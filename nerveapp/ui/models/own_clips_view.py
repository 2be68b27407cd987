"""How a model outlines the clips of this installation: IoU and Dice, site by site, unseen people apart from others."""

from __future__ import annotations

from functools import partial

import streamlit as st

from nerveapp.bootstrap import Application
from nerveapp.domain.counted import counted
from nerveapp.errors import NerveAppError
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.plain_text import plain
from nerveapp.ui.page.task_view import result_of
from nerveapp.workflows.evaluating.score_own_clips import (
    OwnClipsScore,
    SiteScore,
    own_clips_csv,
    own_outlines,
    score_own_clips,
)
from nerveapp.workflows.execution.tasks import Progress


def show_own_clips(app: Application, name: str) -> None:
    """Draw a model's table on one's own clips, once it was asked for; nothing where there are no accepted outlines.

    Parameters
    ----------
    app : Application
    name : str
        Of the model.
    """
    outlines = own_outlines(app.annotations)
    if not outlines:
        return
    st.subheader("On your own clips", anchor=False)
    st.caption(
        f"IoU and Dice against {counted(len(outlines), 'accepted outline')} (final or adjudicated), site by site, as "
        "in the poster that NerveApp goes back to. The poster's frames were of people whom its network had seen."
    )
    about = app.models.card(name).sha256
    if st.button("Score it on your clips", icon=":material/fact_check:", key="own-clips-score"):
        app.scorings.own_clips.start(about, partial(_score, app, name))
    try:
        found = result_of(app.scorings.own_clips, about, "Outlining the frames with accepted outlines", key="own-stop")
    except NerveAppError as error:
        show_error(error)
        return
    if found is None or found.outlines != outlines:  # others have come since, or other people or sites
        return
    st.dataframe([_row(one) for one in found.rows], hide_index=True, placeholder="–")
    _remarks(found)
    st.download_button(
        "Download this table (CSV)",
        lambda: own_clips_csv(found, app.visits.tables),
        f"{name}-own-clips.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="own-clips-csv",
    )


def _score(app: Application, name: str, on_progress: Progress) -> OwnClipsScore:
    return score_own_clips(app.annotations, app.segmenters.segmenter(name), on_progress=on_progress)


def _row(one: SiteScore) -> dict[str, str | int]:
    iou, dice = one.metrics.iou, one.metrics.dice
    return {
        "nerve and site": one.where,
        "people": f"{one.metrics.people} {one.split}",
        "images": one.metrics.frames,
        "IoU mean ± SD": f"{iou.mean:.3f} ± {iou.sd:.3f}",
        "Dice mean ± SD": f"{dice.mean:.3f} ± {dice.sd:.3f}",
        "Dice 95 %": f"{dice.low:.3f}–{dice.high:.3f}" if one.metrics.people > 1 else "–",
        "corrected from this model": one.own,
    }


def _remarks(found: OwnClipsScore) -> None:
    remarks = [
        "Unseen: neither the code nor the file is among those that the model learnt from; a picture of a person under "
        "another code, saved anew, is not recognised.",
        "Intervals (95 %) are resampled by person, and are not given for one person.",
    ]
    if any(one.seen for one in found.rows):
        remarks.append("A score on people seen in training says nothing about the next person.")
    if any(one.own for one in found.rows):
        remarks.append("An outline that was corrected from this model's own agrees with it more than one traced anew.")
    if found.unnamed:
        names = plain(", ".join(found.unnamed))
        remarks.append(f"Its card does not name the people of {names}: whether yours are among them is not known.")
    st.caption(" ".join(remarks))
