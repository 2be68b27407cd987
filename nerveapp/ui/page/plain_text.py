"""Text from outside as plain text: names of files, cards of models and codes are shown as written, never interpreted.

Streamlit takes most of its labels and texts as Markdown. An image in the name of a file would make the browser of
everybody who sees the page fetch it.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

_JOINER = "\u2060"
"""Word joiner: has no width, and parts what Streamlit looks for in the text once its Markdown has been read."""

_SPLIT = (
    re.compile(r":(?=[\w+-]+:|material/)"),  # :shortcodes: of emoji, icons and Streamlit's logo
    re.compile(r"https?:(?=//)|www(?=\.)|@(?=[-\w])", re.IGNORECASE),  # addresses become links without any brackets
    re.compile(r"(?<!\S)(?:<(?=->|-|=)|[->~](?=[->=]))(?=\S{1,2}(?!\S))"),  # -- and the like become dashes and arrows
)
_MARKUP = re.compile(r"[\\`*_\[\]<&~|$]|:(?! )")
_START = re.compile(r"^(\d*)([#+\-=>.)])")


def plain(text: str) -> str:
    """Write text so that Streamlit's Markdown shows it as it is.

    White space is folded, as a browser does; control characters and halves of surrogate pairs become �. An invisible
    word joiner stands within addresses and shortcodes.

    Parameters
    ----------
    text : str
        Anything, of one paragraph.

    Returns
    -------
    str
        Markdown of one line, without a link, an image, an element, emphasis, an icon or a formula.
    """
    shown = _of_one_line(text)
    for pattern in _SPLIT:
        shown = pattern.sub(lambda found: found.group() + _JOINER, shown)
    return _START.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", shown))


def spoken(text: str) -> str:
    """Write text for a label that is not seen but read aloud: without the signs that Markdown has a use for."""
    return " ".join(_MARKUP.sub(" ", _of_one_line(text)).split())


def _of_one_line(text: str) -> str:
    folded = " ".join(text.split())
    return "".join("\ufffd" if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in folded)


def plain_html(text: str) -> str:
    """Write text so that HTML, and Plotly's texts, which are a little of it, show it as it is."""
    return escape(text)


def capital(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]
