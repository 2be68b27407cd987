"""What people drew: by clip and person, out to files and in from them."""

from nerveapp.ui.desk import desk

from nerveapp import bootstrap
from nerveapp.ui.annotations_view import show_annotations
from nerveapp.ui.import_view import OpenClip
from nerveapp.ui.shell import page

with page(__file__, "Annotations"):
    app, here, opened = bootstrap.application(), desk(), None
    if (loaded := here.loaded) is not None:
        analysis = here.shown if here.outcome is not None else None
        opened = OpenClip(
            loaded.clip,
            app.frames_of(loaded.clip, loaded.folder),
            loaded.paths,
            analysis.view if analysis else here.chosen.view if here.chosen else loaded.view,
            analysis.calibration if analysis else loaded.calibration,
            len(analysis.frames) if analysis else None,
        )
    show_annotations(app, opened)
