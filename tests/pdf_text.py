"""The text of a PDF, read back by a reader that knows nothing of how it was written."""

import io

from pypdf import PdfReader


def pages_of_pdf(data: bytes) -> list[str]:
    """Give the text of every page on one line: cells break lines between words, never within them."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages]


def text_of_pdf(data: bytes) -> str:
    """Give the text of all pages."""
    return " ".join(pages_of_pdf(data))
