"""What this is, for whom, what it is not, the demo in one click, and the clips that came last."""

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.demo import DEMO_PICTURE
from nerveapp.ui.clips.clip_source import open_demo
from nerveapp.ui.clips.library_words import EVERYBODY
from nerveapp.ui.clips.recent_clips import recent_clips, show_recent_clips
from nerveapp.ui.page.address import address_of
from nerveapp.ui.page.charts import load_charts
from nerveapp.ui.page.session_state import session_state
from nerveapp.ui.page.shell import page

with page(__file__, "", wide=False):
    words, picture = st.columns([1, 1], gap="large", vertical_alignment="center")
    with words:
        st.title("NerveApp", anchor=False)
        st.markdown(
            "#### The outline of a peripheral nerve in every frame of an ultrasound clip, "
            "and its cross-sectional area over time."
        )
        with st.container(horizontal=True):
            if st.button("Try the demo clip", type="primary", icon=":material/play_arrow:"):
                open_demo(session_state())
                st.switch_page("pages/analyse.py", query_params=address_of(session_state()))
            if st.button("Open a clip of mine", icon=":material/upload_file:"):
                session_state().look_at()
                st.switch_page("pages/analyse.py")
            if st.button("Begin a visit", icon=":material/assignment:"):
                st.switch_page("pages/visit.py")
        st.caption(
            f"No account, nothing to set. {application().settings.retention.words} {EVERYBODY} "
            "Use codes for patients, never names."
        )
    picture.image(str(DEMO_PICTURE), caption="Synthetic clip with its true outline", width="stretch")

    if clips := recent_clips():
        show_recent_clips(clips)

    for column, heading, text in zip(
        st.columns(3, gap="large"),
        ("For clinicians", "For researchers", "What it is not"),
        (
            "Drop in a clip. Watch the nerve outlined, read the largest, median and most stable area, click the curve "
            "to see the frame behind a number, and correct what is wrong. Millimetres appear only when the size of a "
            "pixel is known. Gather a visit's values on a worksheet, beside normal values, and write its report.",
            "Every value with model, hash, calibration and its origin. Train on outlines of your own, made here or in "
            "Fiji, with people kept apart and a report to defend. The same from the command line: "
            "`python -m nerveapp`.",
            "Not a medical device and not for diagnosis. An outline is a proposal of a network trained on few people: "
            "review it before using its numbers.",
        ),
        strict=True,
    ):
        with column:
            st.subheader(heading, anchor=False)
            st.write(text)
    st.markdown(
        "It reads MP4, MOV, AVI, MKV, WebM, GIF, DICOM ultrasound, TIFF stacks, NIfTI, stills and ZIPs of stills."
    )
    load_charts()
