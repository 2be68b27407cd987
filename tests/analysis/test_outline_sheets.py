import numpy as np

from nerveapp.analysis.outline_sheets import COLUMNS, IMAGES, outline_sheets
from nerveapp.domain.experiments.results import CrossValidation, EngineScores, Fold, ImageScore
from nerveapp.domain.experiments.shipped_recipes import RECIPES
from nerveapp.domain.labelled import LabelledImage


def test_sheets_hold_the_worst_the_median_and_the_best_even_of_few_images() -> None:
    nerve = np.zeros((40, 60), bool)
    nerve[10:20, 20:40] = True
    images = [LabelledImage(f"i{number}", f"p{number}", np.zeros((40, 60), np.uint8), nerve) for number in range(5)]
    outline = (((5, 5), (15, 5), (15, 15)),)
    scores = tuple(
        ImageScore(image.name, image.group, number / 5, 0.5, None, 1, 1, 0.9, outline=outline)
        for number, image in enumerate(images)
    )
    fold = Fold(0, 4, 4, (), (EngineScores("torch", scores),))
    sheets = outline_sheets(CrossValidation("x", RECIPES["median-wrist"], (fold,), ()), images)
    assert set(sheets) == {"worst", "median", "best"}
    for sheet in sheets.values():
        assert sheet.dtype == np.uint8
        assert sheet.shape[2] == 3
        assert sheet[..., 1].max() == 255, "the tracing is drawn"
        assert sheet[..., 2].max() == 255, "so is the outline"
    assert len(images) < IMAGES
    assert sheets["best"].shape[1] % COLUMNS == 0
