"""Dates in texts: read, write and shift them, given `now`.

Formats are token formats as in Arrow: YYYY YY MMMM MMM MM M DDDD DDD DD D dddd ddd d HH H hh h mm m ss s S.. X ZZ Z
A a, and `[text]` as it stands.  ISO 8601 needs no format (`read_moment`).  Not here: the clock.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta, timezone

from apitest.errors import StepError

DEFAULT_FORMAT = "YYYY-MM-DDTHH:mm:ss"
"""The format named `default`."""

_TOKEN = re.compile(
    r"\[(?P<text>[^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DDDD|DDD|DD|D|dddd|ddd|d|HH|H|hh|h|mm|m|ss|s|S+|X|ZZ|Z|A|a"
)
TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:[.,]\d+)?)?"
ZONE = r"(?:Z|z|[+-]\d\d(?::?\d\d)?)?"
_MOMENT = re.compile(rf"(\d{{4}}-\d\d-\d\d)(?:[T ]({TIME_OF_DAY}){ZONE})?")
_PATTERNS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short_year>\d{2})",
    "MMMM": r"(?P<month_name>[A-Za-z]+)",
    "MMM": r"(?P<month_name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "DDDD": r"(?P<day_of_year>\d{3})",
    "DDD": r"(?P<day_of_year>\d{1,3})",
    "DD": r"(?P<day>\d{2})",
    "D": r"(?P<day>\d{1,2})",
    "dddd": r"[A-Za-z]+",
    "ddd": r"[A-Za-z]{3}",
    "d": r"[1-7]",
    "HH": r"(?P<hour>\d{2})",
    "H": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<hour12>\d{2})",
    "h": r"(?P<hour12>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "m": r"(?P<minute>\d{1,2})",
    "ss": r"(?P<second>\d{2})",
    "s": r"(?P<second>\d{1,2})",
    "X": r"(?P<epoch>-?\d+(?:\.\d+)?)",
    "ZZ": r"(?P<zone>Z|[+-]\d{2}:?\d{2})",
    "Z": r"(?P<zone>Z|[+-]\d{2}:?\d{2})",
    "A": r"(?P<half>[AaPp][Mm])",
    "a": r"(?P<half>[AaPp][Mm])",
}


def render(moment: datetime, format: str = DEFAULT_FORMAT) -> str:
    """A moment in a token format.

    render(datetime(2026, 1, 31, 9, 5), "D MMM YYYY, HH:mm")   # '31 Jan 2026, 09:05'
    """
    return _TOKEN.sub(lambda found: _render_token(moment, found), format)


def has_tokens(format: str) -> bool:
    """Whether a format says anything about a date; `YYYY` does, an empty text and `[now]` do not."""
    return any(found["text"] is None for found in _TOKEN.finditer(format))


def parse(text: str, format: str = DEFAULT_FORMAT) -> datetime:
    """A text in a token format as a moment; parts that the format lacks are the first of their kind, the zone UTC.

    Raises StepError when the text is not in that format, or is no date.
    """
    pattern, position, seen = "", 0, set()
    for found in _TOKEN.finditer(format):
        pattern += re.escape(format[position : found.start()])
        position = found.end()
        piece = _parse_pattern(found)
        name = re.match(r"\(\?P<(\w+)>", piece)
        if name is not None and name[1] in seen:  # the same part twice: the first counts
            piece = re.sub(r"\?P<\w+>", "?:", piece, count=1)
        elif name is not None:
            seen.add(name[1])
        pattern += piece
    pattern += re.escape(format[position:])
    match = re.fullmatch(pattern, text.strip())
    if match is None:
        raise StepError(f"{text!r} is not in the format {format!r}")
    try:
        return _build({name: value for name, value in match.groupdict().items() if value is not None})
    except (ValueError, OverflowError) as error:
        raise StepError(f"{text!r} is no date in the format {format!r}: {error}") from None


def read_moment(text: str) -> datetime | None:
    """An ISO 8601 date, or date and time, as a moment; without a zone it is UTC.  None for any other text."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    # NOTE Python 3.10 reads neither Z, nor fractions of other than 3 or 6 digits, nor +0100.
    plain = text.strip().replace(",", ".").replace(" ", "T")
    plain = re.sub(r"[Zz]$", "+00:00", plain)
    plain = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", plain) if "T" in plain else plain
    plain = re.sub(r"([+-]\d\d)$", r"\1:00", plain) if "T" in plain else plain
    plain = re.sub(r"\.(\d+)", lambda digits: "." + digits[1][:6].ljust(6, "0"), plain)
    plain = plain.replace(":60", ":59")  # a leap second
    try:
        return aware(datetime.fromisoformat(plain))
    except ValueError:
        return None


def aware(moment: datetime) -> datetime:
    """The moment with a zone; without one it is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def shift(
    moment: datetime,
    *,
    years: int = 0,
    months: int = 0,
    weeks: float = 0,
    days: float = 0,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
) -> datetime:
    """A moment moved.  Months and years keep the day where the month has it, else take the month's last day."""
    if years or months:
        total = moment.year * 12 + moment.month - 1 + years * 12 + months
        year, month = divmod(total, 12)
        if not 1 <= year <= 9999:
            raise StepError(f"the year {year} cannot be reached")
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        moment = moment.replace(year=year, month=month + 1, day=day)
    try:
        return moment + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise StepError("the date is out of the range of years 1 to 9999") from None


def between(first: datetime, last: datetime, fraction: float) -> datetime:
    """The moment that far, 0 to 1, from the first to the last; whole seconds."""
    if last < first:
        raise StepError(f"{render(first)} is after {render(last)}", "The earlier date comes first.")
    return first + timedelta(seconds=int((last - first).total_seconds() * fraction))


def _render_token(moment: datetime, found: re.Match[str]) -> str:
    token = found[0]
    if found["text"] is not None:
        return found["text"]
    if token.startswith("S"):
        return f"{moment.microsecond:06d}".ljust(len(token), "0")[: len(token)]
    if token in ("ZZ", "Z"):
        offset = moment.utcoffset() or timedelta()
        sign, minutes = ("-" if offset < timedelta() else "+"), int(abs(offset).total_seconds()) // 60
        return f"{sign}{minutes // 60:02d}{':' if token == 'ZZ' else ''}{minutes % 60:02d}"
    hour12 = moment.hour % 12 or 12
    half = "am" if moment.hour < 12 else "pm"
    values: dict[str, str] = {
        "YYYY": f"{moment.year:04d}",
        "YY": f"{moment.year % 100:02d}",
        "MMMM": calendar.month_name[moment.month],
        "MMM": calendar.month_abbr[moment.month],
        "MM": f"{moment.month:02d}",
        "M": str(moment.month),
        "DDDD": f"{moment.timetuple().tm_yday:03d}",
        "DDD": str(moment.timetuple().tm_yday),
        "DD": f"{moment.day:02d}",
        "D": str(moment.day),
        "dddd": calendar.day_name[moment.weekday()],
        "ddd": calendar.day_abbr[moment.weekday()],
        "d": str(moment.isoweekday()),
        "HH": f"{moment.hour:02d}",
        "H": str(moment.hour),
        "hh": f"{hour12:02d}",
        "h": str(hour12),
        "mm": f"{moment.minute:02d}",
        "m": str(moment.minute),
        "ss": f"{moment.second:02d}",
        "s": str(moment.second),
        "X": str(int((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp())),
        "A": half.upper(),
        "a": half,
    }
    return values[token]


def _parse_pattern(found: re.Match[str]) -> str:
    if found["text"] is not None:
        return re.escape(found["text"])
    if found[0].startswith("S"):
        return r"(?P<fraction>\d+)"
    return _PATTERNS[found[0]]


def _build(parts: dict[str, str]) -> datetime:
    if "epoch" in parts:
        return datetime.fromtimestamp(float(parts["epoch"]), timezone.utc)
    year = int(parts.get("year", 0)) or (2000 + int(parts["short_year"]) if "short_year" in parts else 1)
    month = int(parts.get("month", 1))
    if "month_name" in parts:
        month = _month(parts["month_name"])
    hour = int(parts.get("hour", 0))
    if "hour12" in parts:
        hour = int(parts["hour12"]) % 12 + (12 if parts.get("half", "am").lower() == "pm" else 0)
    day = date(year, month, int(parts.get("day", 1)))
    if "day_of_year" in parts:
        day = date(year, 1, 1) + timedelta(days=int(parts["day_of_year"]) - 1)
        if day.year != year:
            raise ValueError(f"{year} has no day {parts['day_of_year']}")
    micro = int(parts.get("fraction", "0")[:6].ljust(6, "0"))
    zone = _zone(parts.get("zone", "Z"))
    minute, second = int(parts.get("minute", 0)), int(parts.get("second", 0))
    return datetime(day.year, day.month, day.day, hour, minute, second, micro, zone)


def _month(name: str) -> int:
    for number in range(1, 13):
        if name.lower() in (calendar.month_name[number].lower(), calendar.month_abbr[number].lower()):
            return number
    raise ValueError(f"{name!r} is no month")


def _zone(text: str) -> timezone:
    if text == "Z":
        return timezone.utc
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
