"""What people drew: by clip and person, out to files and in from them."""

from nerveapp import bootstrap
from nerveapp.ui.annotations_view import show_annotations
from nerveapp.ui.desk import desk
from nerveapp.ui.shell import page

with page(__file__, "Annotations"):
    show_annotations(bootstrap.annotation_store(), desk())
