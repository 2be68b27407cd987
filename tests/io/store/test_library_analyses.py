"""Analyses are counted with their clip and go with it."""

from sqlalchemy import insert

from nerveapp.io.store.analysis_tables import ANALYSES
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.library import SqlLibrary
from tests.fakes.clock import START
from tests.io.store.test_library import filled


def test_analyses_are_counted_and_go_with_their_clip(url: str) -> None:
    engine = open_database(url)
    library = SqlLibrary(engine)
    filled(library)
    values = {
        "clip_sha256": "a" * 64, "request": "{}", "said": "", "frames_done": 0, "by": "", "made_at": START,
        "heartbeat_at": START, "attempt": 0, "tries": 0, "worker": "", "stop_asked": False,
    }  # fmt: skip
    values |= {c.name: "" for c in ANALYSES.columns if not c.nullable and c.name not in (*values, "id", "state")}
    with engine.begin() as connection:
        for number, state in enumerate(("done", "failed", "done")):
            connection.execute(insert(ANALYSES).values(id=f"{number:032x}", state=state, **values))
    clip = library.clip("a" * 64)
    assert clip is not None
    assert clip.analyses == 2
    gone = library.what_goes(exam=clip.record.exam)
    assert gone.analyses == 3
    assert f"analyses/{1:032x}" in gone.keys
    named = library.keys()
    assert f"analyses/{1:032x}" in named
    library.delete(gone, actor="", now=START)
    kept = library.keys()
    assert not any(key.startswith("analyses/") for key in kept)
