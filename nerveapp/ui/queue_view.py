"""How far a rater is with the frames gone through."""

from __future__ import annotations

import statistics

import streamlit as st

from nerveapp.domain.annotation import Source, State
from nerveapp.ui.sitting import Queue, Sitting
from nerveapp.ui.words import counted

_EMPTY = {
    Queue.FLAGGED: "No frame of this clip is doubtful. Go through all frames, or those you want to look at.",
    Queue.ALL: "The clip has no frame.",
    Queue.PROPAGATED: "No carried frame is left to review.",
    Queue.DRAWN: "Nothing of this clip is drawn yet.",
}


def explain_empty_queue(sitting: Sitting) -> None:
    """Say why there is nothing to go through, where there is nothing."""
    if not sitting.frames():
        st.info(_EMPTY[sitting.queue], icon=":material/inbox:")


def show_progress(sitting: Sitting) -> None:
    """Count what is saved and what is left, and list the frames worked on."""
    done = [one for one in sitting.records.values() if one.state is not State.DRAFT]
    drafts = [one for one in sitting.records.values() if one.state is State.DRAFT]
    carried = sum(one.source is Source.PROPAGATED for one in drafts)
    queue = sitting.frames()
    left = sum(sitting.records.get(frame) is None or sitting.records[frame].state is State.DRAFT for frame in queue)
    pace = f" · median {statistics.median(one.seconds for one in done):.0f} s per frame" if done else ""
    st.caption(
        f"{len(done)} saved, {counted(len(drafts) - carried, 'draft')}, {carried} carried · "
        f"{f'{left} of {len(queue)} left in the queue' if queue else 'no frame in the queue'}{pace}"
    )
    if sitting.records:
        with st.expander("Frames worked on"):
            st.dataframe(
                [
                    {
                        "frame": frame,
                        "state": one.state.value,
                        "how": one.source.value,
                        "seconds": round(one.seconds, 1),
                        "saved at": one.made_at,
                    }
                    for frame, one in sorted(sitting.records.items())
                ],
                hide_index=True,
                height=220,
            )
