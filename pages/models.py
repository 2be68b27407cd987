"""What each model was trained on, how it scored on people it never saw, and which is in use."""

import streamlit as st

from nerveapp.bootstrap import application
from nerveapp.ui.models.models_view import show_models
from nerveapp.ui.page.shell import page

with page(__file__, "Models"):
    st.write(
        "Scores are on frames never trained on; the *split* states whether their people were. *Out of fold*: each "
        "frame was outlined by the one network of the same recipe that was not trained on it; the model displayed was "
        "then trained on all of them. Intervals are resampled by person."
    )
    show_models(application())
