"""What people drew: by clip and person, out to files and in from them."""

from nerveapp.bootstrap import application
from nerveapp.errors import NerveAppError
from nerveapp.ui.annotations.annotations_view import show_annotations
from nerveapp.ui.annotations.import_view import open_clip
from nerveapp.ui.page.address import follow_address, write_address
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.session_state import session_state
from nerveapp.ui.page.shell import entered, page

with page(__file__, "Annotations"):
    here, opened = session_state(), None
    try:
        follow_address(here, entered=entered())
        write_address(here)
        opened = open_clip(here)
    except NerveAppError as error:  # what is stored is there without the clip
        show_error(error)
    show_annotations(application(), opened)
