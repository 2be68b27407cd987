from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.library import SqlLibrary
from tests.io.store.records import CLIP, START
from tests.stores import empty_store


def _script() -> None:
    import streamlit as st  # noqa: PLC0415 - it runs as a script of its own

    from nerveapp.ui.clips.description_form import show_description_form  # noqa: PLC0415

    state = st.session_state
    show_description_form(state["store"], state["library"], state["store"].clips())


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(empty_store(tmp_path / "store.db"))


@pytest.fixture
def store(engine: Engine) -> SqlAnnotationStore:
    return SqlAnnotationStore(engine)


@pytest.fixture
def library(engine: Engine) -> SqlLibrary:
    return SqlLibrary(engine)


def labelled(test: AppTest, label: str) -> object:
    return next(one.value for one in (*test.text_input, *test.selectbox) if one.label == label)


def test_a_clip_is_described_anew_and_how_it_was_described_stays(
    store: SqlAnnotationStore, library: SqlLibrary
) -> None:
    store.register(replace(CLIP, view=View(Nerve.ULNAR, Site.ELBOW, Side.LEFT)), rater="R1", now=START)
    store.register(replace(CLIP, sha256="b" * 64, subject="S02"))
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["store"], test.session_state["library"] = store, library
    test.run()
    assert not test.exception
    assert labelled(test, "Patient code") == "S01"
    assert (labelled(test, "Nerve"), labelled(test, "Site"), labelled(test, "Side")) == ("ulnar", "elbow", "left")
    assert test.button(key="describe-now").disabled, "somebody has to say so"
    next(one for one in test.text_input if one.label == "Patient code").set_value("S09").run()
    next(one for one in test.text_input if one.label == "Described by (code)").set_value("R2").run()
    next(one for one in test.selectbox if one.label == "Nerve").set_value(Nerve.MEDIAN).run()
    next(one for one in test.selectbox if one.label == "Side").set_value(Side.UNKNOWN).run()
    test.button(key="describe-now").click().run()
    assert not test.exception
    known = store.clip(CLIP.sha256)
    assert known is not None
    assert (known.subject, known.view) == ("S09", View(Nerve.MEDIAN, Site.ELBOW))
    first, second = store.descriptions(CLIP.sha256)
    assert (first.rater, first.clip.subject, second.rater) == ("R1", "S01", "R2")
    assert [(line.actor, line.what[:14]) for line in library.log()] == [("R2", "described clip")]
    assert test.dataframe[0].value["by"].tolist() == ["R2", "R1"]
    next(one for one in test.selectbox if one.label == "Clip").set_value("b" * 64).run()
    assert labelled(test, "Patient code") == "S02", "nothing is filled in from another clip"
    assert labelled(test, "Described by (code)") == ""


def test_a_mended_clip_stays_chosen_under_its_new_label_and_it_is_said(
    store: SqlAnnotationStore, library: SqlLibrary
) -> None:
    store.register(CLIP)
    store.register(replace(CLIP, sha256="b" * 64, subject="S02"))
    test = AppTest.from_function(_script, default_timeout=30)
    test.session_state["store"], test.session_state["library"] = store, library
    test.run()
    test.selectbox[0].set_value("b" * 64).run()
    before = test.selectbox[0]
    assert not test.success
    next(one for one in test.text_input if one.label == "Patient code").set_value("S09").run()
    next(one for one in test.text_input if one.label == "Described by (code)").set_value("R2").run()
    assert test.selectbox[0].id == before.id
    test.button(key="describe-now").click().run()
    assert not test.exception
    now = test.selectbox[0]
    assert now.value == "b" * 64
    assert now.options == ["S01 · aaaaaaaa", "S09 · bbbbbbbb"]
    assert now.id != before.id, "the same selector would go on showing the label it was chosen by"
    assert labelled(test, "Patient code") == "S09"
    assert [one.value for one in test.success] == ["The description is saved."]
    test.run()
    assert not test.success, "it is said once"
