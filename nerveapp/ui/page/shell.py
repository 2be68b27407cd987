"""What all pages share: the guard, the notice, and a box for failures instead of a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from nerveapp import NOTICE
from nerveapp.errors import NerveAppError
from nerveapp.ui.page.actor import have_it_remembered, recall_who
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.page_turn import arrive_at, turn_to

_ENTERED = "entered-through-app"
_WANTED = "wanted-page"
_PAGE, _CAME_IN = "page-now", "came-from-another-page"
_KEPT_VALUES = "values-kept"
_KEPT = ("distance-", "line-", "use-corrections", "rater", "propagate-reach")
"""Keys of what a user typed once and means on every page; never what is known of a person, such as a subject."""

# Streamlit leaves an inch above and at the sides; a player and a curve side by side need it.
_STYLE = (
    "[data-testid=stMainBlockContainer]{padding:4.5rem 2rem 2rem;max-width:110rem;margin:0 auto}"
    "[data-testid=stMetricValue]{font-size:1.5rem}"
    "[data-testid=stHeading] h1{font-size:2.1rem;padding:.8rem 0}"
    ".st-key-small-title [data-testid=stHeading] h1{font-size:1.1rem;padding:0}"
    ".st-key-small-title [data-testid=stHeading] [data-testid=stMarkdownContainer]{margin-bottom:0}"
    "[data-testid=stButtonGroup] *{flex-wrap:wrap}"
    "[data-testid=stMetric]{margin-bottom:-1.2rem}"
)
# Tables' tools lie over what is above them where there is no pointer to hover with.
_STYLE += "@media (hover:none){[data-testid=stElementToolbar]{display:none}}"
# Streamlit's own dialog asks whoever lost the connection to restart a server in a terminal. It alone has no element of
# the app in it; where another version of Streamlit draws it otherwise, its words stay as they are.
_LOST = (
    "body:has([data-testid=stApp]:not([data-test-connection-state=CONNECTED])) "
    "[data-testid=stDialog]:not(:has([data-testid=stVerticalBlock])) [slot=title]+div"
)
_LOST_WORDS = "The server is not reachable. Your work is kept; the page reconnects by itself."
_STYLE += f'{_LOST}>*{{display:none}}{_LOST}::before{{content:"{_LOST_WORDS}"}}'
_NARROW = "[data-testid=stMainBlockContainer]{max-width:72rem}"


def enter(pages: list[StreamlitPage], get_ready: Callable[[], None]) -> None:
    """Run the page asked for, once the session has come through main.py and the server is ready.

    Parameters
    ----------
    pages : list of StreamlitPage
    get_ready : callable
        Raises NerveAppError where this server cannot work, as by a wrong setting.
    """
    st.session_state[_ENTERED] = True
    try:
        get_ready()
    except NerveAppError as error:
        st.title("NerveApp", anchor=False)
        show_error(error)
        st.caption(NOTICE)
        return
    chosen = st.navigation(pages, position="top")
    _keep_values(turned=arrive_at(chosen.url_path))
    recall_who()
    title = "NerveApp" if not chosen.url_path else f"{chosen.title} · NerveApp"
    st.set_page_config(page_title=title, page_icon="〰️", layout="wide")
    wanted = st.session_state.pop(_WANTED, None)
    if wanted is not None:
        place, asked = wanted
        turn_to(place, asked)
    chosen.run()


def _keep_values(*, turned: bool) -> None:
    """Keep what was typed for every page beside: Streamlit forgets a widget's value on a page without the widget.

    On the way to another page, after runs of a fragment, the browser may send the value that a field began with
    (Streamlit 1.67): there an empty one takes the place of none.
    """
    kept = st.session_state.setdefault(_KEPT_VALUES, {})
    typed = {key: st.session_state[key] for key in map(str, list(st.session_state)) if key.startswith(_KEPT)}
    kept |= {key: value for key, value in typed.items() if not (turned and value == "" and kept.get(key))}
    for key, value in kept.items():
        st.session_state[key] = value


@contextmanager
def page(source: str, title: str, *, wide: bool = True) -> Iterator[None]:
    """Frame a page: guard, title, notice below, and user-caused failures as a box instead of a crash.

    A page's address can be opened before main.py has ever run in the session; then main.py is run first.

    Parameters
    ----------
    source : str
        The page's `__file__`, to come back to after main.py.
    title : str
        Heading of the page; empty for a page that draws its own.
    wide : bool
        Unused width is left at the sides of text pages.
    """
    if not st.session_state.get(_ENTERED):
        st.session_state[_WANTED] = (f"pages/{Path(source).name}", st.query_params.to_dict())
        turn_to("main.py")
    name = Path(source).stem
    st.session_state[_CAME_IN] = st.session_state.get(_PAGE) != name
    st.session_state[_PAGE] = name
    st.html(f"<style>{_STYLE}{'' if wide else _NARROW}</style>")
    if title:
        st.title(title, anchor=False)
    try:
        yield
    except NerveAppError as error:
        show_error(error)
        _offer_a_way_out()
    st.divider()
    with st.container(key="notice"):
        st.caption(NOTICE)
    have_it_remembered()


def _offer_a_way_out() -> None:
    """Where an address led to nothing, the page is still there without it."""
    if st.query_params and st.button("Open this page without the address", key="leave-address"):
        st.query_params.clear()
        st.rerun()


def entered() -> bool:
    """Whether the run before this one was of another page."""
    return bool(st.session_state.get(_CAME_IN))
