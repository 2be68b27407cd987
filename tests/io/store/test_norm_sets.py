"""What a store of norms does, in the database and for the stand-in that workflows are tested with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nerveapp.domain.norms import Norm
from nerveapp.domain.view import Nerve, Side, Site, View
from nerveapp.errors import NormsError
from nerveapp.io.store.connection import open_database
from nerveapp.io.store.norm_sets import SqlNormStore
from nerveapp.ports import NormStore
from tests.fakes import FakeNormStore

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
WRIST = View(Nerve.MEDIAN, Site.WRIST, Side.LEFT)
OWN = Norm(Nerve.MEDIAN, Site.WRIST, "our controls", 40, 8.6, 1.4, upper_limit_mm2=11.4, method="mean + 1.96 SD")


def check_sets_of_ones_own(norms: NormStore) -> None:
    published = norms.table()
    assert norms.sets() == ()
    norms.put("ours", (OWN,), by="R1", at=START)
    assert norms.table().norms == (OWN, *published.norms)
    limit = norms.table().limit(WRIST)
    assert limit is not None
    assert limit.population == "our controls"
    norms.put("newer", (replace(OWN, population="newer"),), by="R1", at=START + timedelta(hours=1))
    assert norms.sets() == ("newer", "ours")
    with pytest.raises(NormsError, match="already"):
        norms.put("ours", (replace(OWN, upper_limit_mm2=99.0),), by="R2", at=START)
    assert norms.table().norms[1] == OWN, "values are held against the limit that they were held against"
    odd = replace(OWN, population="+65 years,\nhealthy\u2028controls", citation="@lab")
    norms.put("odd", (odd,), by="R1", at=START + timedelta(hours=2))
    assert norms.table().norms[0] == odd, "it is read as it was saved"
    norms.remove("odd")
    norms.remove("newer")
    norms.remove("ours")
    norms.remove("ours")
    assert norms.table() == published
    for name, some in (("", (OWN,)), ("a/b", (OWN,)), ("ours", ())):
        with pytest.raises(NormsError):
            norms.put(name, some, by="R1", at=START)


def test_norms_of_ones_own_go_before_the_published_ones(url: str) -> None:
    check_sets_of_ones_own(SqlNormStore(open_database(url)))


def test_the_stand_in_keeps_the_contract() -> None:
    check_sets_of_ones_own(FakeNormStore(published=(replace(OWN, population="published"),)))
