"""The stand-in of workflow tests behaves as the store does: what tests ask of the one holds for the other."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes import FakeAnnotationStore
from tests.io.store import test_annotations, test_clips, test_entries

CONTRACT: list[Callable[[Any], None]] = [
    test_annotations.test_what_is_saved_comes_back_bit_for_bit,
    test_annotations.test_colour_frames_and_frames_without_a_nerve_come_back,
    test_annotations.test_a_newer_record_supersedes_and_the_older_one_stays,
    test_annotations.test_a_final_one_counts_no_more_once_a_propagated_draft_takes_it_back,
    test_annotations.test_what_a_rater_withdrew_counts_no_more_until_it_is_finished_again,
    test_annotations.test_each_rater_has_a_record_and_the_adjudicated_one_stands_beside_them,
    test_annotations.test_what_somebody_adjudicated_and_withdrew_counts_no_more,
    test_annotations.test_saving_again_after_a_lost_answer_saves_once,
    test_annotations.test_a_record_of_an_unknown_clip_or_without_its_frame_is_refused_whole,
    test_annotations.test_another_outline_under_a_stored_id_is_refused,
    test_clips.test_a_description_comes_back_with_its_box_and_its_place_in_the_world,
    test_clips.test_names_of_stills_are_not_stored,
    test_clips.test_each_description_stays_with_who_said_it_and_when,
    test_clips.test_a_form_at_its_defaults_overwrites_nothing,
    test_clips.test_a_clip_of_another_size_is_refused,
    test_clips.test_a_clip_is_noted_along_with_its_outlines_or_not_at_all,
    test_entries.test_entries_are_the_newest_outlines_without_the_outlines,
    test_entries.test_what_was_traced_blindly_is_not_listed,
    test_entries.test_an_outline_is_given_by_its_id_whole_and_superseded_or_not,
    test_entries.test_an_unknown_id_is_told,
    test_entries.test_an_entry_keeps_its_moment_in_any_zone,
]


@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__.removeprefix("test_"))
def test_the_stand_in_keeps_the_contract(check: Callable[[Any], None]) -> None:
    check(FakeAnnotationStore())
