from nerveapp.domain.score import Score


def score(groups: int) -> Score:
    return Score("set", "split", "engine", 12, groups, 0.827, 0.1, 0.759, 0.1, None, None, 0, (0.8, 0.85), True)


def test_one_person_has_no_interval() -> None:
    assert score(1).dice_interval == "none: one person"
    assert score(2).dice_interval == "0.800–0.850"
