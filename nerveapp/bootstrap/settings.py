"""What a host may set."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from nerveapp.domain.retention import UNTIL_DELETED, Retention
from nerveapp.environment import whole_number
from nerveapp.errors import SettingsError

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a host may set, from the environment.

    Parameters
    ----------
    weights : Path
        Folder of models (NERVEAPP_WEIGHTS).
    upload_limit_mb : int
        Largest clip accepted (NERVEAPP_UPLOAD_LIMIT_MB).
    session_limit_mb : int
        Most that one session may upload at a time (NERVEAPP_SESSION_LIMIT_MB).
    clips_limit_mb : int
        Most that all sessions together may keep on disk (NERVEAPP_CLIPS_LIMIT_MB).
    cache_limit_mb : int
        Most that copies of what is read from an object storage may take on this machine (NERVEAPP_CACHE_LIMIT_MB).
    session_patience_s : int
        How long a session that lost its connection keeps its clip (NERVEAPP_SESSION_PATIENCE_S).
    data : str
        Where clips, previews and masks are kept (NERVEAPP_DATA_DIR): a folder, or a URL such as s3://BUCKET/FOLDER.
    retention : Retention
        How long clips are kept (NERVEAPP_RETENTION): until-deleted, none, or a number of days.
    database : str
        Where annotations are kept (NERVEAPP_DATABASE): sqlite:///PATH or postgresql+pg8000://…
    analyses_apart : bool
        Whether analyses run in a process of their own (NERVEAPP_ANALYSES: process, or thread for tests).
    jobs : Path
        Folder of trainings (NERVEAPP_JOBS).
    training_threads : int
        CPU threads of a training (NERVEAPP_TRAINING_THREADS); one leaves the app a core of two.
    cluster : str
        Ray cluster that trains (RAY_ADDRESS); "" trains on this machine.
    cluster_workers : int
        Processes of it that train one network together (NERVEAPP_RAY_WORKERS).
    live_sources : tuple of str
        What the page Live offers (NERVEAPP_LIVE_SOURCES, comma-separated): devices, addresses, files or folders of
        clips, each perhaps as LABEL=SOURCE. Users choose among these and can name no others.
    clinic : str
        Name that stands above reports of visits (NERVEAPP_CLINIC).
    logo : str
        PNG or JPEG beside it (NERVEAPP_LOGO); "" for none.
    """

    weights: Path = REPOSITORY / "weights"
    upload_limit_mb: int = 2048
    session_limit_mb: int = 4096
    clips_limit_mb: int = 20_480
    cache_limit_mb: int = 10_240
    session_patience_s: int = 30
    database: str = f"sqlite:///{quote(str(REPOSITORY / 'data' / 'nerveapp.db'))}"
    data: str = str(REPOSITORY / "data")
    retention: Retention = Retention()  # noqa: RUF009 (it is frozen)
    analyses_apart: bool = True
    jobs: Path = REPOSITORY / "data" / "jobs"
    training_threads: int = 1
    cluster: str = ""
    cluster_workers: int = 2
    live_sources: tuple[str, ...] = ()
    clinic: str = ""
    logo: str = ""

    @property
    def of_workers(self) -> dict[str, str]:
        """What a process that works for this one is to find in its environment."""
        return {
            "NERVEAPP_DATABASE": self.database,
            "NERVEAPP_DATA_DIR": self.data,
            "NERVEAPP_WEIGHTS": str(self.weights),
            "NERVEAPP_JOBS": str(self.jobs),
            "NERVEAPP_UPLOAD_LIMIT_MB": str(self.upload_limit_mb),
            "NERVEAPP_CACHE_LIMIT_MB": str(self.cache_limit_mb),
        }

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the environment; what is not set keeps its default.

        Raises
        ------
        SettingsError
            If what is to be a number, or one of a few words, is none.
        """
        default = cls()
        return cls(
            weights=Path(os.environ.get("NERVEAPP_WEIGHTS", default.weights)).absolute(),
            upload_limit_mb=whole_number("NERVEAPP_UPLOAD_LIMIT_MB", default.upload_limit_mb),
            session_limit_mb=whole_number("NERVEAPP_SESSION_LIMIT_MB", default.session_limit_mb),
            clips_limit_mb=whole_number("NERVEAPP_CLIPS_LIMIT_MB", default.clips_limit_mb),
            cache_limit_mb=whole_number("NERVEAPP_CACHE_LIMIT_MB", default.cache_limit_mb),
            session_patience_s=whole_number("NERVEAPP_SESSION_PATIENCE_S", default.session_patience_s),
            database=_from_here(os.environ.get("NERVEAPP_DATABASE", default.database)),
            data=_folder_from_here(os.environ.get("NERVEAPP_DATA_DIR", default.data)),
            retention=Retention.parse(os.environ.get("NERVEAPP_RETENTION", UNTIL_DELETED)),
            analyses_apart=_one_of("NERVEAPP_ANALYSES", "process", "thread") == "process",
            jobs=Path(os.environ.get("NERVEAPP_JOBS", default.jobs)).resolve(),
            training_threads=whole_number("NERVEAPP_TRAINING_THREADS", default.training_threads),
            cluster=os.environ.get("RAY_ADDRESS", default.cluster),
            cluster_workers=whole_number("NERVEAPP_RAY_WORKERS", default.cluster_workers),
            live_sources=_list("NERVEAPP_LIVE_SOURCES"),
            clinic=os.environ.get("NERVEAPP_CLINIC", default.clinic).strip(),
            logo=os.environ.get("NERVEAPP_LOGO", default.logo).strip(),
        )


def _from_here(url: str) -> str:
    """Name an SQLite file by its whole path: processes that work for this one may have another folder."""
    beginning, path = "sqlite:///", url.removeprefix("sqlite:///")
    name = unquote(path.partition("?")[0])
    named = path == url or not name or name == ":memory:" or name.startswith("file:") or Path(name).is_absolute()
    return url if named else f"{beginning}{quote(str(Path.cwd()))}/{path}"


def _folder_from_here(place: str) -> str:
    return place if "://" in place or not place else str(Path(place).absolute())


def _list(name: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in os.environ.get(name, "").split(",") if one.strip())


def _one_of(name: str, default: str, *others: str) -> str:
    text = os.environ.get(name, "").strip() or default
    if text not in (default, *others):
        raise SettingsError(f"{name} is {text!r}.", f"Set it to {' or '.join((default, *others))}.")
    return text
