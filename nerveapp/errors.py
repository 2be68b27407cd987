"""What a person using NerveApp can cause to go wrong, each with what happened and what to do about it."""


class NerveAppError(Exception):
    """A failure the user can understand and act on.

    Parameters
    ----------
    message : str
        What happened, in one sentence.
    hint : str
        What to do about it, in one sentence.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ClipError(NerveAppError):
    """A file cannot be read as an ultrasound clip."""


class CalibrationError(NerveAppError):
    """A pixel spacing is missing, impossible or contradictory."""


class ModelError(NerveAppError):
    """A model is missing, altered or of a kind this version cannot run."""


class DataError(NerveAppError):
    """A folder of images and masks cannot be used for training or evaluation."""


class AnnotationError(NerveAppError):
    """An outline, a code or a file of outlines cannot be taken."""


class StoreError(NerveAppError):
    """What the database keeps cannot be read or written now."""


class TrainingError(NerveAppError):
    """Training cannot go on."""


class ClusterError(NerveAppError):
    """A cluster of machines cannot be reached or used."""


class RightsError(NerveAppError):
    """Somebody may not do what they tried."""


class LibraryError(NerveAppError):
    """A patient, an exam or a clip is not in the library, or cannot be put there."""


class WorksheetError(NerveAppError):
    """A protocol or a value cannot be put on a visit's worksheet."""


class WrittenMeanwhileError(WorksheetError):
    """Somebody else wrote other words since those were read that are to be replaced."""


class NormsError(NerveAppError):
    """A table of normal values cannot be used."""


class AnalysisError(NerveAppError):
    """An analysis is not there, or cannot go on."""


class SettingsError(NerveAppError):
    """A setting of the host's is not usable."""


class WriteError(NerveAppError):
    """A result cannot be written."""


class CancelledError(NerveAppError):
    """The user stopped the work; there is no result, and what had been kept to go on from stays."""
