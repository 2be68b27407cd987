from pathlib import Path

import pytest

from nerveapp.errors import ClipError
from nerveapp.io.public_stills import ATTRIBUTION, STILLS, fetch
from tests.real_data import needs_real_data

IMAGES = Path("usgra-nerves/images")


@needs_real_data
def test_the_expected_stills_pass_and_are_credited(real_data: Path, tmp_path: Path) -> None:
    home = (real_data / IMAGES).resolve().as_uri() + "/"
    for still in STILLS:
        assert fetch(still, tmp_path, home=home).stat().st_size > 10_000
    assert "CC BY 4.0" in ATTRIBUTION


def test_another_file_is_refused_and_not_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / STILLS[0].file).write_bytes(b"something else")
    with pytest.raises(ClipError, match="hash differs"):
        fetch(STILLS[0], tmp_path / "out", home=home.as_uri() + "/")
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_being_offline_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="cannot be reached"):
        fetch(STILLS[0], tmp_path, home="http://127.0.0.1:9/")
