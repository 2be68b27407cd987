"""What comes from outside passes `plain` before Streamlit reads it as Markdown."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for place in ("nerveapp/ui", "pages") for path in (ROOT / place).rglob("*.py"))
TAKES_MARKDOWN = """
markdown caption write error warning info success title header subheader badge button download_button link_button
page_link form_submit_button expander popover dialog tabs status spinner progress toast metric table image radio
checkbox toggle pills segmented_control selectbox multiselect slider select_slider text_input text_area number_input
file_uploader
"""
AS_TEXT = """
options data file_name placeholder key icon format_func default args on_click on_change
"""
FROM_OUTSIDE = """
name title remark licence source notes detail message hint truncation said group subject rater person old new network
dataset seen_by_old seen_by_new error credit
"""


def bare(node: ast.AST) -> Iterator[str]:
    """Attributes that hold what comes from outside and do not pass `plain`."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"plain", "len"}:
        return
    if isinstance(node, ast.Attribute) and node.attr in FROM_OUTSIDE.split():
        yield ast.unparse(node)
    for child in ast.iter_child_nodes(node):
        yield from bare(child)


def shown(call: ast.Call) -> list[ast.expr]:
    """What a call of Streamlit shows as Markdown: its first argument, and a label, caption or help given by name."""
    return call.args[:1] + [one.value for one in call.keywords if one.arg not in AS_TEXT.split()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_from_outside_is_shown_as_markdown(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    shows = [one for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr in TAKES_MARKDOWN.split()]
    assert [found for call in shows for argument in shown(call) for found in bare(argument)] == []
