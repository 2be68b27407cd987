"""How far a rater is with the frames gone through."""

from __future__ import annotations

import statistics
from datetime import UTC

import streamlit as st

from nerveapp.domain.annotation import Source, State
from nerveapp.domain.counted import counted
from nerveapp.ports import AnnotationStore
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.annotating.annotation_queue import Queue
from nerveapp.workflows.annotating.annotation_session import AnnotationSession

_EMPTY = {
    Queue.FLAGGED: "No frame of this clip is flagged for review. Go through all frames, or those you want to review.",
    Queue.ALL: "The clip has no frame.",
    Queue.PROPAGATED: "No propagated frame is left to review.",
    Queue.DRAWN: "Nothing of this clip is drawn yet.",
}


def explain_empty_queue(session: AnnotationSession) -> None:
    """Explain why there is nothing to go through, where there is nothing."""
    if not session.frames():
        st.info(_EMPTY[session.queue], icon=":material/inbox:")


def explain_flags(session: AnnotationSession) -> None:
    """Name what the frame displayed was flagged for."""
    frame = session.analysis.frames[session.frame]
    if frame.flagged:
        st.caption(f":material/flag: Flagged for review: {frame.flags_in_words}.")


def show_progress(session: AnnotationSession) -> None:
    """Count what is saved and what is left, and list the frames worked on."""
    done = [one for one in session.records.values() if one.state is not State.DRAFT]
    drafts = [one for one in session.records.values() if one.state is State.DRAFT]
    propagated = sum(one.source is Source.PROPAGATED for one in drafts)
    queue = session.frames()
    left = sum(session.records.get(frame) is None or session.records[frame].state is State.DRAFT for frame in queue)
    timed = [one.seconds for one in done if one.source is not Source.ACCEPTED]
    together = f" ({len(done) - len(timed)} accepted together)" if len(timed) < len(done) else ""
    pace = f" · median {statistics.median(timed):.0f} s per frame" if timed else ""
    saved = f"{counted(len(done), 'frame')} saved{together}, {counted(len(drafts) - propagated, 'draft')}"
    st.caption(
        f"{saved}, {propagated} propagated · "
        f"{f'{left} of {len(queue)} left in the queue' if queue else 'no frame in the queue'}{pace}"
    )
    if session.records:
        with st.expander("Frames worked on"):
            st.dataframe(
                [
                    {
                        "frame": frame,
                        "state": one.state.value,
                        "how": one.source.in_words,
                        "seconds": round(one.seconds, 1),
                        "saved at (UTC)": f"{one.made_at.astimezone(UTC):%Y-%m-%d %H:%M}",
                    }
                    for frame, one in sorted(session.records.items())
                ],
                hide_index=True,
                height=220,
            )


def show_saved(clip_sha256: str, store: AnnotationStore | None) -> None:
    """Say how many frames of a clip are saved, by whom: nothing that was drawn is lost with a page."""
    if store is None:
        return
    saved = [one for one in store.entries(clip_sha256=clip_sha256) if one.state is not State.DRAFT]
    if saved:
        frames, raters = len({one.frame for one in saved}), sorted({one.rater for one in saved})
        verb = "is" if frames == 1 else "are"
        st.success(
            f"{counted(frames, 'frame')} of this clip {verb} saved, by {plain(', '.join(raters))}.",
            icon=":material/check:",
        )
