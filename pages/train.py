"""A model from the outlines in the store."""

from nerveapp.bootstrap import application
from nerveapp.ui.page.shell import page
from nerveapp.ui.training.train_view import show_training

with page(__file__, "Train a model"):
    app = application()
    show_training(app.annotations, app.registry, app.trainings)
