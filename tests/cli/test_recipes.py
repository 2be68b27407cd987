"""What the command `train` refuses, before anything is trained."""

import pytest
from typer.testing import CliRunner

from nerveapp.cli.app import app
from nerveapp.errors import TrainingError

RUNNER = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--protocol", "poster", "median-wrist"], "RECIPE is of no account for --protocol"),
        (["--protocol", "poster", "--fold", "1"], "--fold is of no account for --protocol"),
        (["--protocol", "poster", "--label", "x"], "--label is of no account for --protocol"),
        (["--protocol", "poster", "--name", "x"], "--name is of no account for --protocol"),
        (["median-wrist", "--name", "mine"], "--name is of trainings with --images"),
        (["median-wrist", "--split", "frames"], "--split is of trainings with --images"),
        (["median-wrist", "--beside-random"], "--beside-random is of trainings with --images"),
    ],
)
def test_an_option_that_would_be_passed_over_is_refused(arguments: list[str], message: str) -> None:
    done = RUNNER.invoke(app, ["train", *arguments])
    assert isinstance(done.exception, TrainingError)
    assert message in str(done.exception)
