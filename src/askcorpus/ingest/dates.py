"""Dates as people write them → ISO dates with their precision; nothing is ever guessed.

`5/6/2017` says day and month only to someone who knows the writer's habit. The habit is read
off the same file (`23/10/2017`, a written date, a weekday) or the date stays a year.
All patterns are linear: every repetition is bounded. May import: stdlib.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_TIME = (
    r"(?P<time>(?:T|,? (?:at )?|,? ?[-–—|] ?)\d{1,2}[:.]\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
    r"(?: ?[ap]\.?m\b\.?)?(?:Z|[+-]\d{2}:?\d{2}| \(?(?:gmt|utc|[a-z]{1,3}t|cet|msk|ist)\b\)?)?)?"
)
_DATE = re.compile(
    rf"(?<![\w/.-]){_WEEKDAY}(?:"
    rf"(?P<y1>\d{{4}})(?P<s1>[-/.])(?P<m1>\d{{1,2}})(?P=s1)(?P<d1>\d{{1,2}})"
    rf"|(?P<a>\d{{1,2}})(?P<s2>[-/.])(?P<b>\d{{1,2}})(?P=s2)(?P<y2>\d{{4}})"
    rf"|(?P<m3>{_MONTH})[ -](?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?[ -](?P<y3>\d{{4}})"
    rf"|(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?[ -](?:of )?(?P<m4>{_MONTH}),?[ -](?P<y4>\d{{4}})"
    rf"|(?P<m5>{_MONTH}),? (?P<y5>\d{{4}})"
    rf"){_TIME}(?![\w/])",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:(?P<first>(?:first|originally) (?:published|posted|printed|appeared))"
    r"|(?P<modified>(?:last )?(?:updated?|modified|revised|edited|changed))"
    r"|(?P<published>published|posted|publication date|date published|date posted|issued"
    r"|released?|release date|created|uploaded|added|date))"
    r"(?: (?:on|at))?\s?:?\s?$",
    re.IGNORECASE,
)
_YEARS = range(1400, 2200)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text.

    Attributes:
        start: Where it begins in the text, its label included.
        end: Where it ends, its time included.
        value: `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` where the text says no more.
        raw: The characters of the date alone.
        role: What its label says: `published`, `modified`, `first_published`, or `plain`.
        timed: Whether a time of day follows.
        warning: What does not fit: a wrong weekday, an order that cannot be told.
    """

    start: int
    end: int
    value: str
    raw: str
    role: str
    timed: bool
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Habit:
    """How a file writes dates in numbers: separator → `day` or `month` first; and its dates."""

    first: tuple[tuple[str, str], ...] = ()
    written: frozenset[str] = frozenset()


def learn_habit(texts: Iterable[str]) -> Habit:
    """Read off a file in which order it writes day and month."""
    seen: dict[str, set[str]] = {}
    written: set[str] = set()
    for match in (match for text in texts for match in _DATE.finditer(text)):
        if match["a"] is None:
            day = _certain(match)
            written |= {day.isoformat()} if day else set()
        elif (int(match["a"]) > 12) != (int(match["b"]) > 12):
            seen.setdefault(match["s2"], set()).add("day" if int(match["a"]) > 12 else "month")
    agreed = tuple(
        sorted((mark, orders.pop()) for mark, orders in seen.items() if len(orders) == 1)
    )
    return Habit(agreed, frozenset(written))


def find_dates(text: str, habit: Habit | None = None) -> list[FoundDate]:
    """Give the dates of a text, in order; those that no calendar has are left out."""
    found: list[FoundDate] = []
    for match in _DATE.finditer(text):
        date = _read(match, habit or Habit())
        if date is not None:
            found.append(date)
    return found


def parse_iso(text: str) -> str | None:
    """Give the date part of an ISO 8601 date or time, as precise as it is; None if it is none."""
    match = re.match(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ]|$)", text.strip())
    if match is None or int(match[1]) not in _YEARS:
        return None
    if match[2] is None:
        return match[1]
    if _day(match[1], match[2], match[3] or "1") is None:
        return None
    return "-".join(part for part in match.groups() if part)


def lies_ahead(value: str) -> bool:
    """Tell whether a date lies after tomorrow, wherever on Earth it is read."""
    tomorrow = dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=1)
    return value > tomorrow.isoformat()[: len(value)]


def _read(match: re.Match[str], habit: Habit) -> FoundDate | None:
    value, warning = _value(match, habit)
    if value is None:
        return None
    label = _LABEL.search(match.string[: match.start()][-40:])
    start = match.start() - (len(label[0]) if label else 0)
    role = next((name for name, hit in label.groupdict().items() if hit), "") if label else "plain"
    raw = match[0][: len(match[0]) - len(match["time"] or "")]
    return FoundDate(
        start=start,
        end=match.end(),
        value=value,
        raw=raw,
        role="first_published" if role == "first" else role,
        timed=match["time"] is not None,
        warning=warning or _weekday_warning(match, value),
    )


def _value(match: re.Match[str], habit: Habit) -> tuple[str | None, str | None]:
    if match["m5"] is not None:
        month = _MONTHS.index(match["m5"][:3].lower()) + 1
        return (f"{match['y5']}-{month:02d}" if int(match["y5"]) in _YEARS else None), None
    if match["a"] is None:
        day = _certain(match)
        return (day.isoformat() if day else None), None
    return _numeric(match, habit)


def _certain(match: re.Match[str]) -> dt.date | None:
    """Read a date that leaves no doubt which number is the month."""
    if match["y1"] is not None:
        return _day(match["y1"], match["m1"], match["d1"])
    for month, day, year in (("m3", "d3", "y3"), ("m4", "d4", "y4")):
        if match[month] is not None:
            return _day(match[year], _MONTHS.index(match[month][:3].lower()) + 1, match[day])
    return None


def _numeric(match: re.Match[str], habit: Habit) -> tuple[str | None, str | None]:
    readings = {
        order: day
        for order, day in (
            ("day", _day(match["y2"], match["b"], match["a"])),
            ("month", _day(match["y2"], match["a"], match["b"])),
        )
        if day is not None
    }
    if not readings:
        return None, None
    days = set(readings.values())
    if len(days) > 1:
        days = _settle(match, readings, habit)
    if len(days) == 1:
        return days.pop().isoformat(), None
    doubt = f"{match['a']}{match['s2']}{match['b']}{match['s2']}{match['y2']}"
    return match["y2"], f"{doubt} may be either of two days; only the year is kept"


def _settle(match: re.Match[str], readings: dict[str, dt.date], habit: Habit) -> set[dt.date]:
    """Choose among two readings by what the file itself says; give both if it says nothing."""
    order = dict(habit.first).get(match["s2"])
    if order is not None:
        return {readings[order]}
    fits = {day for day in readings.values() if day.isoformat() in habit.written}
    if len(fits) != 1 and match["weekday"]:
        fits = {day for day in readings.values() if _weekday(match) == day.weekday()}
    return fits if len(fits) == 1 else set(readings.values())


def _day(year: str, month: str | int, day: str) -> dt.date | None:
    if int(year) not in _YEARS:
        return None
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _weekday(match: re.Match[str]) -> int:
    short = match["weekday"][:3].lower()
    return next(number for number, name in enumerate(_WEEKDAYS) if name.startswith(short))


def _weekday_warning(match: re.Match[str], value: str) -> str | None:
    if not match["weekday"] or len(value) != len("2017-11-30"):
        return None
    day = dt.date.fromisoformat(value)
    if day.weekday() == _weekday(match):
        return None
    true = _WEEKDAYS[day.weekday()].capitalize()
    said = _WEEKDAYS[_weekday(match)].capitalize()
    return f"{value} was a {true}, not a {said}"
