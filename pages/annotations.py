"""What people drew: by clip and person, out to files and in from them."""

from nerveapp.bootstrap import application
from nerveapp.ui.address import follow_address, write_address
from nerveapp.ui.annotations_view import show_annotations
from nerveapp.ui.import_view import open_clip
from nerveapp.ui.session_state import session_state
from nerveapp.ui.shell import entered, page

with page(__file__, "Annotations"):
    here = session_state()
    follow_address(here, entered=entered())
    write_address(here)
    show_annotations(application(), open_clip(here))
