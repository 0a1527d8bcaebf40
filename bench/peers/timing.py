"""What the peers share: a line of JSON with the seconds of each repetition, as `measure` prints for Tessera."""

import json
import time


def timed(function, rounds, warm=1):
    """Calls `function` `warm` + `rounds` times. Returns the seconds of the last `rounds` calls, and the last result."""
    seconds = []
    for _ in range(warm + rounds):
        result = None  # gives the last result's memory back first, as a loop would
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    return seconds[warm:], result


def report(who, seconds, **more):
    print(json.dumps({"who": who, "seconds": seconds, **more}), flush=True)
