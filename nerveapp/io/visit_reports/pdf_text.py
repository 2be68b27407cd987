"""Text in a PDF: the font that is brought along, and what stands in for it where it lacks a script."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from itertools import groupby
from pathlib import Path

from reportlab import rl_config
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

FONT, BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
_FOLDER = Path(__file__).parent / "fonts"
_CJK, _KOREAN = "STSong-Light", "HYSMyeongJo-Medium"
_HANGUL = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))
_CJK_BLOCKS = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF))
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    """Set text, with its line breaks and runs of spaces, and nothing in it taken for markup."""
    return Paragraph(markup(text), style)


def markup(text: str) -> str:
    """Give text as markup that shows exactly it; characters that the font lacks are set in one that viewers have."""
    known = _known_characters()
    text = _CONTROL.sub("\ufffd", re.sub(r"\r\n?", "\n", text)).replace("\t", "    ")
    text = re.sub(r"^ | (?= )", "\u00a0", text, flags=re.MULTILINE)
    runs = []
    for font, run in groupby(text, key=lambda one: "" if ord(one) in known or one == "\n" else _stand_in(ord(one))):
        shown = escape("".join(run), quote=False).replace("\n", "<br/>")
        runs.append(f'<font name="{font}">{shown}</font>' if font else shown)
    return "".join(runs)


@lru_cache(maxsize=1)
def _known_characters() -> frozenset[int]:
    """Register the fonts, once, and give the code points that they have."""
    regular = TTFont(FONT, str(_FOLDER / f"{FONT}.ttf"))
    registerFont(regular)
    registerFont(TTFont(BOLD, str(_FOLDER / f"{BOLD}.ttf")))
    registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)
    for name in (_CJK, _KOREAN):
        registerFont(UnicodeCIDFont(name))
    return frozenset(regular.face.charToGlyph)


def ready() -> None:
    """Make the fonts known to reportlab, and have it write bytes as they are: as text they take seconds, in Python."""
    _known_characters()
    rl_config.useA85 = 0


def _stand_in(code_point: int) -> str:
    if any(first <= code_point <= last for first, last in _HANGUL):
        return _KOREAN
    return _CJK if any(first <= code_point <= last for first, last in _CJK_BLOCKS) else ""
