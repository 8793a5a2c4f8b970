"""SUVbw from the headers of a PET series, each decision kept as a sentence.

The rules are those of QIBA's vendor-neutral pseudo-code for SUVbw: what is decided from which attribute, in which
order, and when a series must be refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydicom.dataset import Dataset

from ..errors import SuvError
from ..notice import Notice
from .header import text
from .isotope import Isotope, find_isotope, radiopharmaceutical
from .study import SuvFactor
from .suv_time import decay_reference, elapsed_seconds, injection_time

PHILIPS = "Philips PET Private Group"
PET_CLASSES = ("", "1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.128.1", "1.2.840.10008.5.1.4.1.1.130")
DOSE_MBQ = (50.0, 500.0)
UPTAKE_MIN = (30.0, 150.0)
WEIGHT_KG = (20.0, 300.0)


@dataclass(frozen=True)
class SuvOverrides:
    """What the user states in place of missing or wrong header values; None leaves the header's.

    Parameters
    ----------
    weight_kg
        Body weight, kg.
    injected_mbq
        Activity at the time of injection, MBq.
    injection_time
        Local time of injection: HH:MM, HH:MM:SS, or with the date as YYYY-MM-DDTHH:MM[:SS].
    """

    weight_kg: float | None = None
    injected_mbq: float | None = None
    injection_time: str | None = None


NO_OVERRIDES = SuvOverrides()


def suv_factor(headers: Sequence[Dataset], overrides: SuvOverrides = NO_OVERRIDES) -> SuvFactor:
    """Find the factor from rescaled stored values to SUVbw.

    Parameters
    ----------
    headers
        One dataset for each slice of the series; pixels are not needed.
    overrides
        What the user states in place of the header.

    Returns
    -------
    SuvFactor
        SUVbw for one unit of (stored value x slope + intercept), which is Bq/ml, or Philips counts for Units CNTS.

    Raises
    ------
    SuvError
        The series is not an attenuation- and decay-corrected PET, or lacks a tag, which is named.
    """
    trace: list[str] = []
    _check_is_pet(headers)
    _check_corrections(headers, trace)
    isotope = find_isotope(headers[0])
    trace += isotope.trace
    units = _same(headers, "Units", "(0054,1001)").upper()
    if units == "BQML":
        trace.append("Units are BQML: values times slope plus intercept of each slice are Bq/ml.")
        found = _from_activity(headers, isotope, overrides, 1.0, trace)
    elif units == "GML":
        found = _already_suv(headers, isotope, overrides, trace)
    elif units == "CNTS":
        found = _from_counts(headers, isotope, overrides, trace)
    else:
        raise SuvError(f"Units (0054,1001) are {units}", "BQML, CNTS (Philips) or GML", "export the series in Bq/ml")
    return replace(found, tracer=isotope.tracer)


def _from_activity(
    headers: Sequence[Dataset], isotope: Isotope, overrides: SuvOverrides, bq_ml: float, trace: list[str]
) -> SuvFactor:
    weight_kg = _weight(headers, overrides, trace)
    dose_bq = _dose(headers[0], overrides, trace)
    notices = [*isotope.notices, *_doubtful_dose(dose_bq)]
    correction = _same(headers, "DecayCorrection", "(0054,1102)").upper()
    if correction == "ADMIN":
        trace.append("Decay was corrected to the time of injection (ADMIN): the injected activity is not decayed.")
    elif correction == "START":
        if isotope.half_life_s is None:
            raise _missing("RadionuclideHalfLife (0018,1075)", "use the series as the scanner made it")
        start = decay_reference(headers, isotope.half_life_s)
        injected = injection_time(headers[0], start.time, overrides.injection_time)
        elapsed_s = elapsed_seconds(injected.time, start.time, isotope.half_life_s)
        dose_bq *= 2 ** (-elapsed_s / isotope.half_life_s)
        left = f"{elapsed_s / 60:.1f} min after injection {dose_bq / 1e6:.2f} MBq are left."
        trace += [*start.trace, *injected.trace, f"Decay was corrected to the start of the scan (START): {left}"]
        notices += [*start.notices, *_doubtful_uptake_time(elapsed_s / 60)]
    else:
        raise SuvError(f"DecayCorrection (0054,1102) is {correction}", "START or ADMIN", "use the corrected series")
    factor = bq_ml * weight_kg * 1000 / dose_bq
    trace.append(f"SUVbw = value x {bq_ml:g} x {weight_kg:g} kg x 1000 / {dose_bq:.6g} Bq = value x {factor:.6g}.")
    return SuvFactor(factor, tuple(trace), tuple(notices))


def _from_counts(headers: Sequence[Dataset], isotope: Isotope, overrides: SuvOverrides, trace: list[str]) -> SuvFactor:
    """Philips counts: by its SUV factor, or by its activity factor where the user overrides what made the former."""
    scale, bq_ml = _philips(headers, 0x00), _philips(headers, 0x09)
    if bq_ml and (overrides != NO_OVERRIDES or not scale):
        trace.append(f"Units are CNTS: Philips' activity factor (7053,1009) = {bq_ml:g} gives Bq/ml.")
        return _from_activity(headers, isotope, overrides, bq_ml, trace)
    if not scale:
        raise SuvError(
            "Units (0054,1001) are CNTS and the Philips tags (7053,1000) and (7053,1009) are missing or zero",
            "one of them, since counts mean nothing without it",
            "export the series again without removing private tags, or in BQML",
        )
    trace.append(f"Units are CNTS: Philips' SUV factor (7053,1000) = {scale:g} is used as it stands.")
    return SuvFactor(scale, tuple(trace), (*isotope.notices, *_unused(overrides)))


def _already_suv(headers: Sequence[Dataset], isotope: Isotope, overrides: SuvOverrides, trace: list[str]) -> SuvFactor:
    kind = _same(headers, "SUVType", "(0054,1006)", required=False).upper()
    if kind not in ("", "BW"):
        raise SuvError(f"Units are GML of SUVType (0054,1006) {kind}", "BW (body weight)", "export it as SUVbw or BQML")
    trace.append(f"Units are GML, SUVType {kind or 'absent, taken as BW'}: values are SUVbw, not converted again.")
    return SuvFactor(1.0, tuple(trace), (*isotope.notices, *_unused(overrides)))


def _check_is_pet(headers: Sequence[Dataset]) -> None:
    header = headers[0]
    modality, sop_class = text(header, "Modality"), text(header, "SOPClassUID")
    if modality not in ("", "PT") or sop_class not in PET_CLASSES:
        raise SuvError(f"Modality {modality}, SOP class {sop_class} is not PET", "a PET series", "choose another")


def _check_corrections(headers: Sequence[Dataset], trace: list[str]) -> None:
    for header in headers:
        value = header.get("CorrectedImage")
        if value is None:
            raise _missing("CorrectedImage (0028,0051)", "use the series as the scanner made it")
        done = {value} if isinstance(value, str) else set(value)
        lacking = [name for name, code in (("attenuation", "ATTN"), ("decay", "DECY")) if code not in done]
        if lacking:
            raise SuvError(
                f"The PET is not corrected for {' and '.join(lacking)}: CorrectedImage (0028,0051) is {sorted(done)}",
                "ATTN and DECY",
                "choose the attenuation-corrected series",
            )
    trace.append("CorrectedImage holds ATTN and DECY on every slice.")


def _weight(headers: Sequence[Dataset], overrides: SuvOverrides, trace: list[str]) -> float:
    if overrides.weight_kg is not None:
        kg = overrides.weight_kg
        trace.append(f"Weight {kg:g} kg was stated by the user (header: {text(headers[0], 'PatientWeight')!r}).")
    else:
        value = _same(headers, "PatientWeight", "(0010,1030)", required=False)
        if not value or float(value) == 0:
            raise _missing("PatientWeight (0010,1030)", "state it with --weight-kg")
        kg = float(value)
        trace.append(f"Weight is {kg:g} kg (0010,1030).")
    if not WEIGHT_KG[0] <= kg <= WEIGHT_KG[1]:
        raise SuvError(f"A body weight of {kg:g} kg", f"{WEIGHT_KG[0]:g} to {WEIGHT_KG[1]:g} kg", "use --weight-kg")
    return kg


def _dose(header: Dataset, overrides: SuvOverrides, trace: list[str]) -> float:
    if overrides.injected_mbq is not None:
        bq = overrides.injected_mbq * 1e6
        trace.append(f"Injected activity {overrides.injected_mbq:g} MBq was stated by the user.")
    else:
        value = text(radiopharmaceutical(header), "RadionuclideTotalDose")
        if not value or float(value) == 0:
            raise _missing("RadionuclideTotalDose (0018,1074)", "state it with --injected-mbq")
        bq = float(value)
        trace.append(f"Injected activity is {bq / 1e6:.2f} MBq (0018,1074); syringe residue is not subtracted.")
    if not 1e6 <= bq <= 1e10:
        raise SuvError(f"An injected activity of {bq:g} Bq", "1 MBq to 10 GBq, in Bq", "state it with --injected-mbq")
    return bq


def _same(headers: Sequence[Dataset], keyword: str, tag: str, required: bool = True) -> str:
    """Value that all slices share, as text."""
    values = {text(header, keyword) for header in headers}
    if len(values) > 1:
        raise SuvError(f"{keyword} {tag} differs between slices: {sorted(values)}", "one value", "choose one series")
    value = values.pop()
    if required and not value:
        raise _missing(f"{keyword} {tag}", "use the series as the scanner made it")
    return value


def _philips(headers: Sequence[Dataset], element: int) -> float:
    """Philips private factor that all slices share; 0 where it is missing."""
    values = set()
    for header in headers:
        try:
            value = header.private_block(0x7053, PHILIPS)[element].value
        except KeyError:
            value = 0
        values.add(float(value.decode("ascii") if isinstance(value, bytes) else value or 0))
    if len(values) > 1:
        raise SuvError(f"Philips' factor (7053,10{element:02x}) differs between slices: {sorted(values)}", "one value")
    return values.pop()


def _unused(overrides: SuvOverrides) -> list[Notice]:
    if overrides == NO_OVERRIDES:
        return []
    message = "The PET's values lead to SUVbw as they are: the stated weight, activity or time was not used."
    return [Notice("suv-override-unused", message)]


def _doubtful_dose(bq: float) -> list[Notice]:
    if DOSE_MBQ[0] <= bq / 1e6 <= DOSE_MBQ[1]:
        return []
    message = f"The injected activity of {bq / 1e6:.0f} MBq is unusual ({DOSE_MBQ[0]:g} to {DOSE_MBQ[1]:g} expected)."
    return [Notice("suv-dose-unusual", message + " Check it before trusting SUV.")]


def _doubtful_uptake_time(minutes: float) -> list[Notice]:
    if UPTAKE_MIN[0] <= minutes <= UPTAKE_MIN[1]:
        return []
    expected = f"{UPTAKE_MIN[0]:g} to {UPTAKE_MIN[1]:g} expected"
    message = f"The scan began {minutes:.0f} min after injection ({expected}). Check the times before trusting SUV."
    return [Notice("suv-uptake-time-unusual", message)]


def _missing(what: str, todo: str) -> SuvError:
    return SuvError(f"The PET header has no {what}", "it, since SUV depends on it", todo)
