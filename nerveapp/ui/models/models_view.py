"""The Models page: every model with its card, report and origin; what is in use; models in and out."""

from __future__ import annotations

import streamlit as st

from nerveapp.bootstrap import Application
from nerveapp.domain.counted import counted
from nerveapp.domain.model import ModelCard
from nerveapp.domain.model_choice import FAILED_DICE
from nerveapp.domain.promotion import Role
from nerveapp.domain.score import Score
from nerveapp.errors import NerveAppError
from nerveapp.ui.models.own_clips_view import show_own_clips
from nerveapp.ui.models.promotion_view import show_promotion
from nerveapp.ui.models.report_view import show_report
from nerveapp.ui.page.actor import actor
from nerveapp.ui.page.failures import show_error
from nerveapp.ui.page.plain_text import plain
from nerveapp.workflows.models.choose_model import has_failed, model_in_use, unseen_score
from nerveapp.workflows.models.import_model import import_model
from nerveapp.workflows.models.remove_model import remove_model, why_it_stays

SHOWN = "model-shown"


def show_models(app: Application) -> None:
    """Draw the page."""
    models = app.models
    names = models.names()
    used = {role: model_in_use(role, app.registry, models) for role in Role}
    _overview(app, used)
    if names:
        if st.session_state.get(SHOWN) not in names:
            st.session_state[SHOWN] = used[Role.MEDIAN_WRIST] if used[Role.MEDIAN_WRIST] in names else names[0]
        name = st.selectbox("Model", names, key=SHOWN, format_func=lambda one: f"{one}: {models.card(one).title}")
        _card(app, models.card(name))
        show_report(app, name)
        show_own_clips(app, name)
        show_promotion(app, name)
    _upload(app)


def _overview(app: Application, used: dict[Role, str]) -> None:
    rows = []
    for name in app.models.names():
        card, report = app.models.card(name), app.models.report(name)
        score = unseen_score(card, report)
        in_use = ", ".join(role.words for role, one in used.items() if one == name)
        rows.append(
            {
                "model": name,
                "score": "not scored on people it had not seen" if score is None else score.words,
                "in use for": in_use or "–",
                "offered on Analyse": "yes" if in_use or not has_failed(card, report) else "no",
            }
        )
    st.dataframe(rows, hide_index=True)
    st.caption(
        f"A model that was never scored, or whose mean Dice is below {FAILED_DICE}, is not offered on the Analyse page "
        "unless it is in use."
    )


def _card(app: Application, card: ModelCard) -> None:
    st.write(plain(card.remark))
    for data in card.trained_on:
        st.caption(
            f"Trained on {counted(data.images, 'image')} of {counted(data.groups, 'group')}: "
            + plain(f"{data.name}, {data.licence}, {data.source}")
        )
    if card.scores:
        st.table(_rows(card.scores))
    else:
        st.warning("It was never scored on people it had not seen.", icon=":material/help:")
    averaged = f" by {card.members} networks, averaged" if card.members > 1 else ""
    stages = f" · two stages: the whole frame{averaged}, then crops around the nerve" if card.refinement else ""
    st.caption(f"{plain(card.name)}{stages} · licence {plain(card.licence)} · sha256 {plain(card.sha256)}")
    if card.refinement is not None:
        files = ", ".join(f"{plain(one.name)}.safetensors {plain(one.sha256)}" for one in card.networks)
        st.caption(f"This sha256 is of the hashes of its two files, one after the other: {files}")
    with st.popover("Settings and download", icon=":material/download:"):
        st.json({"settings": card.recipe, "versions": dict(card.versions), "held out": card.held_out}, expanded=1)
        st.download_button(
            "Download the model (ZIP: safetensors and card)",
            lambda: app.model_packages.pack(app.models, card.name),
            f"{card.name}.zip",
            on_click="ignore",
            key="download-model",
        )
    _offer_removal(app, card)


def _offer_removal(app: Application, card: ModelCard) -> None:
    reason = why_it_stays(card.name, app.models, app.registry_if_there)
    with st.popover("Remove", icon=":material/delete:", disabled=bool(reason), help=reason or None):
        st.caption(
            "The model's files and its report are removed for ever: download it before. Analyses and outlines made "
            "with it stay."
        )
        if st.button(
            f"Remove {plain(card.name)} for ever", key=f"remove-{card.name}", icon=":material/delete_forever:"
        ):
            try:
                remove_model(card.name, app.models, app.registry_if_there, actor=actor())
            except NerveAppError as error:
                show_error(error)
            else:
                st.rerun()


def _rows(scores: tuple[Score, ...]) -> list[dict[str, str]]:
    """Set scores beside each other, a metric in a row: a score in a row would be cut on narrow screens."""
    columns = [_metrics(score) for score in scores]
    return [
        {"": metric, **{str(number): column[metric] for number, column in enumerate(columns, start=1)}}
        for metric in columns[0]
    ]


def _metrics(score: Score) -> dict[str, str]:
    return {
        "images from": plain(score.dataset),
        "split": plain(score.split),
        "engine": plain(score.engine),
        "images": str(score.n),
        "people or subjects": str(score.groups),
        "Dice mean ± SD": f"{score.dice_mean:.3f} ± {score.dice_sd:.3f}",
        "Dice 95 % interval": score.dice_interval,
        "IoU mean ± SD": f"{score.iou_mean:.3f} ± {score.iou_sd:.3f}",
        "HD95 median": "–" if score.hd95_px_median is None else f"{score.hd95_px_median:.1f} px",
        "area error, % of the traced": "–" if score.area_error_rel_mean is None else f"{score.area_error_rel_mean:.1%}",
        "missed (Dice < 0.5)": str(score.missed),
    }


def _upload(app: Application) -> None:
    st.subheader("Add a model", anchor=False)
    upload = st.file_uploader("A model's ZIP, as downloaded on this page", type="zip", key="model-upload")
    if upload is not None and st.button("Check and add it", icon=":material/upload:", key="model-add"):
        try:
            with st.spinner("Building the network from its card and weights"):
                card = import_model(upload.getvalue(), packages=app.model_packages, models=app.models, actor=actor())
        except NerveAppError as error:
            show_error(error)
            return
        st.success(f"{plain(card.name)} was added.", icon=":material/check:")
