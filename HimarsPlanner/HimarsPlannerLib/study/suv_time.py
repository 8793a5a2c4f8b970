"""When a PET was decay-corrected to, and when the tracer was injected."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset
from pydicom.valuerep import DT

from ..errors import SuvError
from ..notice import Notice
from .header import text
from .isotope import radiopharmaceutical

GE = "GEMS_PETD_01"
SPREAD_S = 60.0
LONGEST_HALF_LIVES = 6.0
LONGEST_S = 12 * 3600.0


@dataclass(frozen=True)
class Moment:
    """A local time, how it was found and what is doubtful about it."""

    time: dt.datetime
    trace: tuple[str, ...]
    notices: tuple[Notice, ...] = ()


def decay_reference(headers: Sequence[Dataset], half_life_s: float) -> Moment:
    """Time that DecayCorrection START refers to.

    The series time where it is not after the first acquisition; else GE's private scan time (0009,100D); else what
    acquisition time, FrameReferenceTime and frame duration of the slices give; else the first acquisition.

    Raises
    ------
    SuvError
        There are neither series nor acquisition times.
    """
    series = _moment(text(headers[0], "SeriesDate"), text(headers[0], "SeriesTime"))
    acquisitions = [_acquisition(header) for header in headers]
    known = [time for time in acquisitions if time is not None]
    if not known:
        raise SuvError(
            "The PET header has no AcquisitionTime (0008,0032)",
            "it with its date, since the time of decay correction cannot be checked without it",
            "use the series as the scanner made it",
        )
    first = min(known)
    if series is not None and series <= first:
        return Moment(series, (f"SeriesTime {series} is not after the first acquisition {first}: it is the start.",))
    why = f"SeriesTime {series or 'is missing and'} is after the first acquisition {first}"
    if (private := _ge_scan_time(headers[0])) is not None:
        return Moment(private, (f"{why}: GE's scan time (0009,100D) {private} is the start.",))
    return _from_frames(headers, acquisitions, first, half_life_s, why)


def injection_time(header: Dataset, reference: dt.datetime, stated: str | None) -> Moment:
    """Time of injection: stated by the user, else the header's (0018,1078), else (0018,1072) on the scan's day.

    Raises
    ------
    SuvError
        None of them is there, or the stated one cannot be read.
    """
    if stated is not None:
        return _stated_injection(stated, reference)
    info = radiopharmaceutical(header)
    if value := text(info, "RadiopharmaceuticalStartDateTime"):
        time = _parse_dt(value, text(header, "TimezoneOffsetFromUTC"))
        if time is not None:
            return Moment(time, (f"Injection was at {time} (0018,1078).",))
    if clock := _parse_time(text(info, "RadiopharmaceuticalStartTime")):
        return _on_scan_day(clock, reference, "(0018,1072)")
    raise SuvError(
        "The PET header has neither RadiopharmaceuticalStartDateTime (0018,1078) nor ...StartTime (0018,1072)",
        "one of them, since SUV depends on it",
        "state it with --injection-time",
    )


def elapsed_seconds(injected: dt.datetime, reference: dt.datetime, half_life_s: float) -> float:
    """Seconds from injection to the time of decay correction.

    Raises
    ------
    SuvError
        The injection is not before the scan, or so long before that a date must be wrong.
    """
    seconds = (reference - injected).total_seconds()
    longest = max(LONGEST_S, LONGEST_HALF_LIVES * half_life_s)
    if not 0 < seconds <= longest:
        raise SuvError(
            f"Injection at {injected} and scan at {reference} are {seconds / 3600:.1f} h apart",
            f"an injection before the scan, by up to {longest / 3600:.0f} h",
            "a date may have been changed by anonymisation: state the time with --injection-time",
        )
    return seconds


def _from_frames(
    headers: Sequence[Dataset],
    acquisitions: Sequence[dt.datetime | None],
    first: dt.datetime,
    half_life_s: float,
    why: str,
) -> Moment:
    """Start from the slices' own frame reference times, where they make sense."""
    estimates = []
    for header, acquired in zip(headers, acquisitions, strict=True):
        reference_ms, duration_ms = text(header, "FrameReferenceTime"), text(header, "ActualFrameDuration")
        if acquired is not None and reference_ms and duration_ms and float(duration_ms) > 0:
            offset = _average_decay_time(float(duration_ms) / 1000, half_life_s) - float(reference_ms) / 1000
            estimates.append((acquired - first).total_seconds() + offset)
    if not estimates or float(np.median(estimates)) > 1.0:
        return Moment(first, (f"{why}; FrameReferenceTime gives no earlier one: the first acquisition is the start.",))
    start = first + dt.timedelta(seconds=float(np.median(estimates)))
    notices = []
    if (spread := max(estimates) - min(estimates)) > SPREAD_S:
        message = f"The slices' frame reference times give starts that are up to {spread:.0f} s apart."
        notices.append(Notice("suv-start-uncertain", message))
    return Moment(start, (f"{why}: FrameReferenceTime and frame duration give the start {start}.",), tuple(notices))


def _average_decay_time(duration_s: float, half_life_s: float) -> float:
    """Time within a frame at which activity equals the frame's mean activity, s."""
    rate = math.log(2) / half_life_s
    x = rate * duration_s
    return math.log(x / -math.expm1(-x)) / rate


def _acquisition(header: Dataset) -> dt.datetime | None:
    if value := text(header, "AcquisitionDateTime"):
        return _parse_dt(value, text(header, "TimezoneOffsetFromUTC"))
    date = text(header, "AcquisitionDate") or text(header, "SeriesDate")
    return _moment(date, text(header, "AcquisitionTime"))


def _ge_scan_time(header: Dataset) -> dt.datetime | None:
    try:
        value = header.private_block(0x0009, GE)[0x0D].value
    except KeyError:
        return None
    words = value.decode("ascii", "ignore") if isinstance(value, bytes) else str(value)
    return _parse_dt(words.strip(), text(header, "TimezoneOffsetFromUTC"))


def _stated_injection(stated: str, reference: dt.datetime) -> Moment:
    try:
        if "T" in stated:
            time = dt.datetime.fromisoformat(stated).replace(tzinfo=None)
            return Moment(time, (f"Injection at {time} was stated by the user.",))
        return _on_scan_day(dt.time.fromisoformat(stated).replace(tzinfo=None), reference, "stated by the user")
    except ValueError as error:
        raise SuvError(f"{stated!r} is not a time", "HH:MM, HH:MM:SS or YYYY-MM-DDTHH:MM") from error


def _on_scan_day(clock: dt.time, reference: dt.datetime, origin: str) -> Moment:
    """Clock time on the scan's day, or on the day before where that would be after the scan."""
    time = dt.datetime.combine(reference.date(), clock)
    if time <= reference:
        return Moment(time, (f"Injection was at {time}, {origin}, on the scan's day.",))
    time -= dt.timedelta(days=1)
    return Moment(time, (f"Injection was at {time}, {origin}, on the day before, since the clock passed midnight.",))


def _moment(date: str, time: str) -> dt.datetime | None:
    day, clock = re.match(r"(\d{4})\.?(\d{2})\.?(\d{2})", date), _parse_time(time)
    if day is None or clock is None:
        return None
    return dt.datetime.combine(dt.date(int(day[1]), int(day[2]), int(day[3])), clock)


def _parse_time(value: str) -> dt.time | None:
    """DICOM TM: HHMMSS.FFFFFF, minutes and all that follows may be absent."""
    found = re.match(r"(\d{2}):?(\d{2})?:?(\d{2})?(?:\.(\d{1,6}))?", value)
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    return dt.time(hour, minute, min(second, 59), int((found[4] or "0").ljust(6, "0")))


def _parse_dt(value: str, local_offset: str) -> dt.datetime | None:
    """DICOM DT as local time of the scanner; a stated UTC offset is turned into the header's own, if it has one."""
    try:
        time = DT(value)
    except ValueError:
        return None
    if not isinstance(time, dt.datetime):
        return None
    plain = dt.datetime.combine(time.date(), time.time())
    if time.tzinfo is not None and (offset := re.match(r"([+-])(\d{2})(\d{2})", local_offset)):
        minutes = int(offset[2]) * 60 + int(offset[3])
        zone = dt.timezone(dt.timedelta(minutes=minutes if offset[1] == "+" else -minutes))
        plain = time.astimezone(zone).replace(tzinfo=None)
    return dt.datetime.combine(plain.date(), plain.time())
