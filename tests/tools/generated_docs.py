#!/usr/bin/env python3
"""Holds a part of a page that a program writes:

    generated_docs.py [--write] PAGE PART PROGRAM [WORD ...]

The part stands between the lines "<!-- PART: begin -->" and "<!-- PART: end -->". Fails when it is not what the program prints;
with --write puts it there."""
import re
import subprocess
import sys

words = sys.argv[1:]
write = words[0] == "--write"
page, part, *program = words[1:] if write else words
printed = subprocess.run(program, capture_output=True, text=True, check=True).stdout
with open(page, encoding="utf-8") as file:
    text = file.read()
pattern = re.compile(rf"(<!-- {part}: begin[^\n]*-->\n)(.*?)(<!-- {part}: end -->)", re.DOTALL)
if not (found := pattern.search(text)):
    sys.exit(f"{page} has no part {part}")
if write:
    with open(page, "w", encoding="utf-8") as file:
        file.write(text[: found.end(1)] + printed + text[found.start(3):])
elif found.group(2) != printed:
    sys.exit(f"{page}: the part {part} is not what `{' '.join(program)}` prints; run this with --write")
