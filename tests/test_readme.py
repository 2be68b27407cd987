import re
from pathlib import Path

import pytest

from nerveapp import NOTICE, bootstrap
from nerveapp.cli.accuracy import PAGE
from nerveapp.cli.accuracy_page import accuracy_page
from nerveapp.cli.app import app
from nerveapp.cli.scores import RESULTS, scores_as_markdown
from nerveapp.workflows.training.cross_validate import summarise_cross_validation

README = (bootstrap.REPOSITORY / "README.md").read_text()
COMMANDS, PYTHON, HOSTING = (
    (bootstrap.REPOSITORY / "docs" / f"{name}.md").read_text() for name in ("commands", "python", "hosting")
)


def test_the_scores_are_those_on_the_cards() -> None:
    store = bootstrap.application().models
    table = scores_as_markdown([store.card(name) for name in store.names()])
    assert table in README, "run: python -m nerveapp models --markdown"


def test_the_scores_on_the_cards_are_those_of_the_results() -> None:
    store = bootstrap.application().models
    results = bootstrap.application().results.load_all(RESULTS).cross_validations
    assert results
    for result in results:
        card = store.card(result.recipe.name)
        for score, on_card in zip(summarise_cross_validation(result), card.scores, strict=False):
            assert (score.dataset, score.split, score.engine, score.n) == (
                on_card.dataset, on_card.split, on_card.engine, on_card.n,
            )  # fmt: skip
            assert score.dice_mean == pytest.approx(on_card.dice_mean)
            assert score.dice_sd == pytest.approx(on_card.dice_sd)


def test_the_accuracy_page_is_that_of_the_results() -> None:
    assert PAGE.read_text() == accuracy_page(bootstrap.application().results.load_all(RESULTS)), (
        "run: python -m nerveapp accuracy"
    )


@pytest.mark.parametrize("page", [bootstrap.REPOSITORY / "README.md", PAGE], ids=lambda page: page.name)
def test_the_pictures_are_there(page: Path) -> None:
    pictures = [line.split("](")[1].rstrip(")") for line in page.read_text().splitlines() if line.startswith("![")]
    assert pictures
    for picture in pictures:
        assert (page.parent / picture).is_file(), picture


def test_the_notice_is_there() -> None:
    assert NOTICE.split(". ")[0] in README


def test_the_example_in_python_runs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bootstrap.REPOSITORY)
    example, training = (block.split("```")[0] for block in PYTHON.split("```python\n")[1:])
    exec(compile(example, "python.md", "exec"), {})  # noqa: S102 - our own words
    area, unit = capsys.readouterr().out.split()[:2]
    assert float(area) > 0
    assert unit == "px²"
    compile(training, "python.md", "exec")


def test_every_command_is_told_and_is_there() -> None:
    said = {line.split()[3] for line in COMMANDS.splitlines() if line.startswith("    python -m nerveapp ")}
    short = {line.split()[3] for line in README.splitlines() if line.startswith("    python -m nerveapp ")}
    assert short <= said
    known = {
        command.name or str(command.callback.__name__).replace("_", "-")
        for command in app.registered_commands
        if command.callback
    } | {str(group.name) for group in app.registered_groups}
    assert said <= known
    assert said >= known - {"work", "work-analyses", "yardstick"}


def test_every_setting_is_told_and_is_there() -> None:
    said = set(re.findall(r"`(NERVEAPP_[A-Z_]+)`", HOSTING))
    read = {
        name
        for path in (bootstrap.REPOSITORY / "nerveapp").rglob("*.py")
        for name in re.findall(r'"(NERVEAPP_[A-Z_]+)"', path.read_text())
    }
    print(sorted(read - said), sorted(said - read))
    assert said == read
