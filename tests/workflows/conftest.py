import pytest

from tests.fakes import FakeAnnotationStore


@pytest.fixture
def store() -> FakeAnnotationStore:
    """An empty one; modules that need something in it have their own."""
    return FakeAnnotationStore()
