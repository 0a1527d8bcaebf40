"""Writes times.inc: the same moments in two units, as cftime (Debian's python3-cftime) says. Run by hand: make_times.py > times.inc"""
import random

import cftime

random.seed(7)
UNITS = {"microseconds": 1, "milliseconds": 10**3, "seconds": 10**6, "minutes": 60 * 10**6, "hours": 3600 * 10**6, "days": 86400 * 10**6,
         "sec": 10**6, "hrs": 3600 * 10**6, "min": 60 * 10**6, "d": 86400 * 10**6, "Hour": 3600 * 10**6, "msec": 10**3}
CALENDARS = ["standard", "gregorian", "proleptic_gregorian", "julian", "noleap", "365_day", "all_leap", "366_day", "360_day", "GREGORIAN"]
FORMS = ["{y:04}-{m:02}-{d:02}", "{y}-{m}-{d}", "{y}-{m}-{d} 0:0:0", "{y:04}-{m:02}-{d:02}T{h:02}:{i:02}:{s:02}", "{y:04}-{m:02}-{d:02} {h:02}:{i:02}:{s:02}.0",
         "{y:04}-{m:02}-{d:02} {h:02}:{i:02}", "{y:04}-{m:02}-{d:02} {h:02}:{i:02}:{s:02}.250", "{y:04}-{m:02}-{d:02} {h:02}:{i:02}:{s:02} UTC",
         "{y:04}-{m:02}-{d:02}T{h:02}:{i:02}:{s:02}Z", "{y:04}-{m:02}-{d:02} {h:02}:{i:02}:{s:02} +05:30", "{y:04}-{m:02}-{d:02} {h:02}:{i:02}:{s:02} -0800"]


def date(calendar):
    while True:
        y = random.choice([random.randint(1850, 2100), random.randint(1, 3000), 1582, 1600, 1900, 2000, random.randint(-50, -1)])
        m, d = random.choice([(random.randint(1, 12), random.randint(1, 31)), (2, 29), (2, 28), (3, 1), (10, 4), (10, 15), (12, 31)])
        text = random.choice(FORMS).format(y=y, m=m, d=d, h=random.randint(0, 23), i=random.randint(0, 59), s=random.randint(0, 59))
        try:
            cftime.num2date(0, "days since " + text, calendar)
            return text
        except ValueError:
            pass


print("// Made by make_times.py with cftime %s: {calendar, units, value, other units, the same moment in them}" % cftime.__version__)
for k in range(400):
    calendar = CALENDARS[k % len(CALENDARS)]
    names = random.sample(list(UNITS), 2)
    a, b = (f"{name} since {date(calendar)}" for name in names)
    # Whole steps of the larger unit of at most a few centuries, so that microseconds hold them.
    value = random.choice([0, 1, random.randint(-1000, 100000), random.randint(0, 400) + 0.5])
    moment = cftime.num2date(value, a, calendar)
    expected = cftime.date2num(moment, b, calendar)
    print(f'{{"{calendar}", "{a}", {float(value)!r}, "{b}", {float(expected)!r}}},')
