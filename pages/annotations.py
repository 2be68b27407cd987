"""What people drew: by clip and person, out to files and in from them."""

from nerveapp.bootstrap import application
from nerveapp.ui.annotations_view import show_annotations
from nerveapp.ui.import_view import open_clip
from nerveapp.ui.session_state import session_state
from nerveapp.ui.shell import page

with page(__file__, "Annotations"):
    show_annotations(application(), open_clip(session_state()))
