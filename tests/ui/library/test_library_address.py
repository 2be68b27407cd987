from hypothesis import given
from hypothesis import strategies as st

from nerveapp.domain.view import Nerve, Side, Site
from nerveapp.ui.library.address import AT_ONCE, LibraryFilter

_WANTED = st.builds(
    LibraryFilter,
    st.text(max_size=8).map(str.strip),
    st.none() | st.sampled_from(["", "S01", "a-b"]),
    st.sampled_from(["", "1" * 32]),
    st.none() | st.sampled_from(Nerve),
    st.none() | st.sampled_from(Site),
    st.none() | st.sampled_from(Side),
    st.integers(0, 1000),
)


@given(_WANTED)
def test_an_address_lists_what_it_was_written_for(wanted: LibraryFilter) -> None:
    assert LibraryFilter.read(wanted.address) == wanted
    assert all(wanted.address.values()), "nothing empty stands in the address"


def test_a_bare_address_lists_all() -> None:
    assert LibraryFilter().address == {}
    assert LibraryFilter.read({}) == LibraryFilter()


@given(
    st.dictionaries(
        st.sampled_from(["nerve", "site", "side", "page", "patient", "visit", "other"]), st.text(max_size=9)
    )
)
def test_an_address_that_somebody_typed_never_fails(address: dict[str, str]) -> None:
    wanted = LibraryFilter.read(address)
    assert wanted.page >= 0
    assert wanted.clips.limit == AT_ONCE


def test_a_page_of_the_list_begins_where_the_one_before_ended() -> None:
    assert [LibraryFilter(page=page).clips.offset for page in range(3)] == [0, AT_ONCE, 2 * AT_ONCE]
    assert LibraryFilter.read({"page": "2"}).page == 1
    assert LibraryFilter.read({"page": "0"}).page == 0
