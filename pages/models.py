"""What each model was trained on, how it did on people it never saw, and which is in use."""

import streamlit as st

from nerveapp import bootstrap
from nerveapp.ui.models_view import show_models
from nerveapp.ui.shell import page

with page(__file__, "Models"):
    st.write(
        "Scores are on frames never trained on, and *kept apart by* says whether people were. *Out of fold*: each "
        "by the one training of the same recipe that had not seen it, before the model shown learnt from all. The "
        "interval is resampled by person."
    )
    show_models(bootstrap.model_store(), bootstrap.annotation_store(), bootstrap.model_registry())
