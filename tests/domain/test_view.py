from nerveapp.domain.view import Nerve, Side, Site, View, nerve_and_site, nerve_at_site

BELOW_ELBOW = View(Nerve.ULNAR, Site.BELOW_ELBOW, Side.LEFT)


def test_a_view_is_said_in_full_and_in_short() -> None:
    assert BELOW_ELBOW.words == "Ulnar nerve, below elbow, left side"
    assert BELOW_ELBOW.short_words == "Ulnar, below elbow, left"


def test_a_side_that_nobody_gave_is_said_to_be_missing() -> None:
    assert View(Nerve.MEDIAN, Site.WRIST).words == "Median nerve, wrist, side not given"
    assert View(Nerve.MEDIAN, Site.WRIST).short_words == "Median, wrist, side not given"


def test_nerve_and_site_are_named_in_tables_and_in_sentences() -> None:
    assert nerve_and_site(Nerve.ULNAR, Site.BELOW_ELBOW) == "Ulnar, below elbow"
    assert nerve_at_site(Nerve.ULNAR, Site.ELBOW) == "the ulnar nerve at the elbow"
    assert nerve_at_site(Nerve.ULNAR, Site.BELOW_ELBOW) == "the ulnar nerve below the elbow"
    assert nerve_at_site(Nerve.RADIAL, Site.OTHER) == "the radial nerve"
    assert nerve_at_site(Nerve.OTHER, Site.ELBOW) == "other nerves at the elbow"


def test_what_is_not_given_is_said_to_be_missing_and_has_no_place_in_a_visit() -> None:
    assert View().words == View().short_words == "Nerve, site and side not given"
    assert View(Nerve.MEDIAN).words == "Median nerve, site not given, side not given"
    assert View(side=Side.LEFT).short_words == "Nerve and site not given, left"
    assert [View(Nerve.MEDIAN, Site.WRIST).placed, View(Nerve.MEDIAN).placed] == [True, False]
    assert [View(Nerve.MEDIAN, Site.WRIST, Side.LEFT).complete, View(side=Side.LEFT).complete] == [True, False]
    assert nerve_at_site(Nerve.UNKNOWN, Site.UNKNOWN) == "a nerve that is not given"
    assert nerve_at_site(Nerve.ULNAR, Site.UNKNOWN) == "the ulnar nerve at a site that is not given"


def test_a_site_that_the_nerve_has_not_has_no_place_in_a_visit() -> None:
    assert not View(Nerve.TIBIAL, Site.WRIST, Side.LEFT).complete
    assert not View(Nerve.UNKNOWN, Site.WRIST, Side.LEFT).complete


def test_what_is_said_anew_leaves_the_rest_and_takes_a_site_away_that_the_nerve_has_not() -> None:
    assert BELOW_ELBOW.said_anew(side=Side.RIGHT) == View(Nerve.ULNAR, Site.BELOW_ELBOW, Side.RIGHT)
    assert BELOW_ELBOW.said_anew(nerve=Nerve.MEDIAN) == View(Nerve.MEDIAN, Site.UNKNOWN, Side.LEFT)
    assert BELOW_ELBOW.said_anew(site=Site.UNKNOWN) == View(Nerve.ULNAR, Site.UNKNOWN, Side.LEFT)
    assert BELOW_ELBOW.said_anew() == BELOW_ELBOW
