"""The web app's server: `streamlit run app.py`, or `make run`. The pages are named in main.py."""

import streamlit as st

from nerveapp.ui.page.browser import opened_in_browser
from nerveapp.ui.page.outline_route import outline_route

app = st.App("main.py", routes=[outline_route()], lifespan=opened_in_browser)
