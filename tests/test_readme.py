from pathlib import Path

from nerveapp import NOTICE, bootstrap
from nerveapp.cli.models import scores_as_markdown

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_the_scores_are_those_on_the_cards() -> None:
    store = bootstrap.model_store()
    table = scores_as_markdown([store.card(name) for name in store.names()])
    assert table in README, "run: python -m nerveapp models --markdown"


def test_the_notice_and_the_pictures_are_there() -> None:
    assert NOTICE.split(". ")[0] in README
    for line in README.splitlines():
        if line.startswith("!["):
            picture = line.split("](")[1].rstrip(")")
            assert (Path(__file__).parents[1] / picture).is_file(), picture
