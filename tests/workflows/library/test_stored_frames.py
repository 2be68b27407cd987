"""Frames of clips in the library, opened late or not at all."""

import cv2
import numpy as np
import pytest

from nerveapp.domain.clip import Clip
from nerveapp.errors import LibraryError, StoreError
from nerveapp.workflows.library.stored_frames import LazyClip, StoredFrames
from tests.fakes import FakeAnnotationStore, FakeClip
from tests.io.store.records import CLIP, IMAGE, annotation


class Opening:
    """Counts how often a clip is opened."""

    def __init__(self, clip: Clip) -> None:
        self.clip = clip
        self.times = 0

    def __call__(self) -> Clip:
        self.times += 1
        return self.clip


def test_a_clip_is_opened_when_its_frames_are_asked_for_and_once() -> None:
    clip = FakeClip(4, truncation="the file ends early")
    opening = Opening(clip)
    lazy = LazyClip(clip.info, opening)
    assert lazy.info == clip.info
    assert lazy.truncation is None
    assert opening.times == 0
    assert [frame.index for frame in lazy.frames()] == [0, 1, 2, 3]
    assert [frame.index for frame in lazy.frames()] == [0, 1, 2, 3]
    assert opening.times == 1
    assert lazy.truncation == "the file ends early"


def test_a_clip_whose_files_are_gone_says_so_when_its_frames_are_asked_for() -> None:
    def opened() -> Clip:
        raise LibraryError("The clip's files are gone.")

    lazy = LazyClip(FakeClip(4).info, opened)
    assert lazy.info.width == 60
    with pytest.raises(LibraryError, match="files are gone"):
        next(lazy.frames())


def test_frames_that_were_corrected_are_there_without_the_clips_files() -> None:
    store = FakeAnnotationStore()
    store.register(CLIP)
    store.save(annotation(3), IMAGE)
    frames = StoredFrames(CLIP.sha256, store)
    assert np.array_equal(frames.image(3), IMAGE)
    decoded = cv2.imdecode(np.frombuffer(frames.png(3, soon=[4, 5]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    assert np.array_equal(decoded, IMAGE)
    with pytest.raises(StoreError):
        frames.image(2)
    with pytest.raises(LibraryError, match="not kept"):
        _ = frames.clip
