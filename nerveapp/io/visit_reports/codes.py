"""The codes of machine-readable reports: standard ones where a standard has them, NerveApp's own for the rest.

A code is here only where it could be looked up: SCT and DCM codes in the context groups of DICOM PS3.16 that are named
beside them, as pydicom brings them along.
"""

from __future__ import annotations

from pydicom.sr.coding import Code

from nerveapp.domain.accepted_value import Choice
from nerveapp.domain.findings import PairKind
from nerveapp.domain.norms import Interpretation
from nerveapp.domain.view import Nerve, Side, Site

OWN_SCHEME = "99NERVEAPP"
OWN_SYSTEM = "urn:uuid:576dbf7c-2064-546d-99a9-cdf8a4f20a3e"
"""The same scheme as FHIR names it."""

_MDC_PARTITION = 1 << 16


def own(value: str, meaning: str) -> Code:
    """Give a code of NerveApp's own; DICOM takes 16 characters as its value and 64 as its meaning."""
    return Code(value, OWN_SCHEME, meaning)


PERIPHERAL_NERVE = Code("84782009", "SCT", "Peripheral nerve")  # CID 7192
IMAGING_PROCEDURE = Code("363679005", "SCT", "Imaging procedure")  # CID 100
AREA = Code("42798000", "SCT", "Area")  # CID 7469
SQUARE_MM = Code("mm2", "UCUM", "square millimeter")  # CID 7461
PIXELS = Code("{pixels}", "UCUM", "pixels")
RATIO = Code("{ratio}", "UCUM", "ratio")  # CID 7181
NO_UNITS = Code("1", "UCUM", "no units")  # CID 7181

NERVES = {
    # CID 3032, Lead Location Near Peripheral Nerve: ISO/IEEE 11073-10101, the one public list that names them all.
    Nerve.MEDIAN: Code("7:120", "MDC", "Median nerve"),
    Nerve.ULNAR: Code("7:132", "MDC", "Ulnar nerve"),
    Nerve.RADIAL: Code("7:148", "MDC", "Radial nerve"),
    Nerve.FIBULAR: Code("7:216", "MDC", "Common fibular nerve"),
    Nerve.TIBIAL: Code("7:228", "MDC", "Tibial nerve"),
    Nerve.SURAL: Code("7:232", "MDC", "Sural nerve"),
    Nerve.OTHER: PERIPHERAL_NERVE,
}

REGIONS = {
    # CID 4031, Common Anatomic Region, and CID 8134, Anatomic Structure.
    Site.WRIST: Code("8205005", "SCT", "Wrist region"),
    Site.PRONATOR_QUADRATUS: Code("14975008", "SCT", "Forearm"),
    Site.FOREARM: Code("14975008", "SCT", "Forearm"),
    Site.BELOW_ELBOW: Code("16953009", "SCT", "Elbow joint"),
    Site.ELBOW: Code("16953009", "SCT", "Elbow joint"),
    Site.ABOVE_ELBOW: Code("16953009", "SCT", "Elbow joint"),
    Site.UPPER_ARM: Code("40983000", "SCT", "Upper arm"),
    Site.SPIRAL_GROOVE: Code("40983000", "SCT", "Upper arm"),
    Site.FIBULAR_HEAD: Code("87342007", "SCT", "Fibula"),
    Site.POPLITEAL: Code("32361000", "SCT", "Popliteal fossa"),
    Site.DISTAL_LEG: Code("30021000", "SCT", "Lower leg"),
    Site.MALLEOLUS: Code("70258002", "SCT", "Ankle joint"),
}
"""The part of the limb that a site lies in; "other" lies nowhere in particular."""

SITES = {site: own(f"SITE-{number}", f"Site: {site.value.replace('-', ' ')}") for number, site in enumerate(Site, 1)}
"""The sites themselves, which are narrower."""

SIDES = {Side.LEFT: Code("7771000", "SCT", "Left"), Side.RIGHT: Code("24028007", "SCT", "Right")}  # CID 244

ECHO_INTENSITY = own("ECHO-INTENSITY", "Mean grey level inside the outline, 0 to 255")
HYPOECHOIC_FRACTION = own("HYPOECHOIC", "Share of pixels below the automatic threshold")
PERSONAL_LIMIT = own("PERSONAL-LIMIT", "Upper limit from the circumference of the wrist")
STANDARD_UNCERTAINTY = own("STD-UNCERTAINTY", "Standard uncertainty of the value")

Z_SCORE = Code("113071", "DCM", "Z-score")  # CID 218
SITE = own("SITE", "Site along the nerve")

HOW_CHOSEN = own("CHOICE", "How the value was chosen")
HOW_OUTLINED = own("OUTLINE", "How the nerve was outlined")
AGAINST_LIMIT = own("AGAINST-LIMIT", "Interpretation against the upper limit of normal")

CHOICES = {choice: own(f"CHOICE-{number}", choice.value) for number, choice in enumerate(Choice, 1)}
INTERPRETATIONS = {
    Interpretation.BELOW: own("LIMIT-BELOW", Interpretation.BELOW.value),
    Interpretation.INDETERMINATE: own("LIMIT-NEAR", Interpretation.INDETERMINATE.value),
    Interpretation.ABOVE: own("LIMIT-ABOVE", Interpretation.ABOVE.value),
}
OUTLINED_BY_MODEL = own("OUTLINE-MODEL", "outlined by a model")
OUTLINED_BY_PERSON = own("OUTLINE-PERSON", "outlined by a person")
ENTERED = own("OUTLINE-NONE", "entered by hand")

PAIRS = {
    PairKind.WRIST_MINUS_PRONATOR: own("WRIST-PRONATOR", "Area at the wrist minus at the pronator quadratus"),
    PairKind.WRIST_TO_FOREARM: own("WRIST-FOREARM", "Wrist-to-forearm ratio of areas"),
    PairKind.ULNAR_SWELLING: own("ULNAR-SWELLING", "Ulnar swelling ratio of areas"),
    PairKind.SIDE_TO_SIDE: own("SIDE-TO-SIDE", "Areas of both sides compared"),
    PairKind.INTRANERVE: own("INTRANERVE", "Intranerve variability of areas"),
    PairKind.MEDIAN_TO_ULNAR: own("MEDIAN-ULNAR", "Median-to-ulnar ratio of areas"),
}

_SYSTEMS = {
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "MDC": "urn:iso:std:iso:11073:10101",
    "UCUM": "http://unitsofmeasure.org",
    OWN_SCHEME: OWN_SYSTEM,
}


def on_side(nerve: Nerve, side: Side) -> Code:
    """Give the code of the nerve of one side: CID 3032 has left and right next to each nerve; others stay without."""
    code = NERVES[nerve]
    after = {Side.LEFT: 1, Side.RIGHT: 2}.get(side)
    if code.scheme_designator != "MDC" or after is None:
        return code
    partition, term = map(int, code.value.split(":"))
    return Code(f"{partition}:{term + after}", "MDC", f"{code.meaning}, {side}")


def coding(code: Code) -> dict[str, str]:
    """Give a code as FHIR writes it; of ISO/IEEE 11073 as one number: 65536 times the partition plus the term."""
    value = code.value
    if code.scheme_designator == "MDC":
        partition, term = map(int, value.split(":"))
        value = str(partition * _MDC_PARTITION + term)
    return {"system": _SYSTEMS[code.scheme_designator], "code": value, "display": code.meaning}
