"""A widget shows what is stored when that changed elsewhere; until then what its user chose stands."""

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st  # noqa: PLC0415 - it runs as a script of its own

    from nerveapp.ui.clips.clip_form import follow  # noqa: PLC0415

    if st.session_state.get("elsewhere"):
        return
    follow("field", st.session_state["stored"], of=st.session_state["of"])
    st.text_input("Field", key="field")


def drawn(stored: str, of: object = None) -> AppTest:
    test = AppTest.from_function(_page, default_timeout=30)
    return again(test, stored, of)


def again(test: AppTest, stored: str, of: object = None) -> AppTest:
    test.session_state["stored"] = stored
    test.session_state["of"] = of
    test.run()
    assert not test.exception
    return test


def test_what_is_stored_is_shown() -> None:
    assert drawn("kept").text_input[0].value == "kept"


def test_what_the_user_chose_stands_as_long_as_nothing_else_changes() -> None:
    test = drawn("kept")
    test.text_input[0].set_value("mine").run()
    assert test.text_input[0].value == "mine"
    assert again(test, "kept").text_input[0].value == "mine"


def test_what_changed_elsewhere_wins() -> None:
    test = drawn("kept")
    test.text_input[0].set_value("mine").run()
    assert again(test, "another's").text_input[0].value == "another's"


def test_a_change_of_what_it_depends_on_chooses_anew() -> None:
    test = drawn("fitting", of="median")
    test.text_input[0].set_value("mine").run()
    assert again(test, "fitting", of="ulnar").text_input[0].value == "fitting"


def test_a_widget_that_streamlit_forgot_is_filled_in_again() -> None:
    test = drawn("kept")
    test.session_state["elsewhere"] = True
    test.run()
    test.session_state["elsewhere"] = False
    assert again(test, "kept").text_input[0].value == "kept"
