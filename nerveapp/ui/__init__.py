"""The web app: the only room, with `app.py`, `main.py` and `pages/`, that knows Streamlit."""
