import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from nerveapp.ui.page.plain_text import plain, plain_html, spoken

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])

AFTERWARDS = (
    # What Streamlit 1.67 looks for in the texts that are left when its Markdown has been read (StreamlitMarkdown.js).
    r":\+1:|:-1:|:[\w-]+:",
    r":material_(\w+):",
    r"(?i)(https?://|www(?=\.))([-.\w]+)",
    r"([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)",
    r"(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)",
)
MARKUP = r"""
![x](http://h/a.png) <img src=//h/a> [a]: /u www.h.org HTTPS://h a@h.org :smile: :+1: :material/home: :material_home:
:streamlit: :red[x] :red :small :color[x]{foreground=red} $x$ $$ ` ``` *a* _a_ ~~a~~ | --- |-|- # - + > = == 1. 12)
&amp; &#58; \ \: ** -- -> <- <-> >= <= ~= <http://h> <!-- <b> ::: ::a ]( ]: [^1] [ ] ( ) . clip_01.mp4 ä 9
"""
PIECES = st.sampled_from([*MARKUP.split(), "\n", "\n\n", "\t", "\x00", "\ud800"])
TEXTS = st.one_of(st.lists(PIECES | st.just(" "), max_size=8).map("".join), st.text(max_size=30))


def read(markdown: str) -> list[tuple[str, str]]:
    """Type and content of every token but those of one paragraph's own."""
    blocks = MARKDOWN.parse(markdown)
    assert [block.type for block in blocks if block.type != "inline"] == ["paragraph_open", "paragraph_close"] * bool(
        blocks
    )
    return [(token.type, token.content) for block in blocks for token in block.children or ()]


def shown(text: str) -> str:
    return "".join("\ufffd" if one < " " or "\x7f" <= one < "\xa0" or "\ud800" <= one < "\ue000" else one
                   for one in " ".join(text.split()))  # fmt: skip


@settings(deadline=None)
@given(TEXTS)
def test_a_text_reads_back_as_it_is_and_as_text_alone(text: str) -> None:
    tokens = read(plain(text))
    assert {kind for kind, _ in tokens} <= {"text"}
    content = "".join(content for _, content in tokens)
    assert content.replace("\u2060", "") == shown(text).replace("\u2060", "")
    for pattern in AFTERWARDS:
        assert not re.search(pattern, content, re.ASCII)
    assert ":material/" not in plain(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[:$][a-zA-Z]", plain(text))  # directives and formulas are no CommonMark


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_a_text_stays_within_what_is_written_around_it(message: str, hint: str) -> None:
    tokens = read(f"**A {plain(message)}.**  \n{plain(hint)}")
    assert [kind for kind, _ in tokens if kind != "text"][:2] == ["strong_open", "strong_close"]
    assert {kind for kind, _ in tokens} <= {"text", "strong_open", "strong_close", "hardbreak"}


@pytest.mark.parametrize("text", ["The clip cannot be read: it is empty.", "10 mm, 3.5 × 2 (left)", "wrist-left.mp4"])
def test_a_usual_text_is_left_alone(text: str) -> None:
    assert plain(text) == text


def test_html_is_shown_as_it_is() -> None:
    assert plain_html("<a href='http://h'>&") == "&lt;a href=&#x27;http://h&#x27;&gt;&amp;"


def test_what_is_read_aloud_has_no_signs_in_it() -> None:
    assert spoken("median_wrist_left.mp4") == "median wrist left.mp4"
    assert spoken("![x](http://h/a.png) :red[a]\n$b$") == "! x (http //h/a.png) red a b"
