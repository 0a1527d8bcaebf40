"""The table, as Markdown that a terminal shows well too. A row's work is written once; its targets stand under one another."""

COLUMNS = (("work", 58), ("Tessera", 18), ("against", 27), ("their time", 10), ("ratio or figure", 15), ("target", 10), ("", 7))


def duration(seconds):
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"


def cells(line, first_of_work):
    ours = duration(line["tessera"]) + (f", {line['bandwidth'] / 1e9:.1f} GB/s" if "bandwidth" in line else "")
    verdict = {None: "", True: "reached", False: "MISSED"}[line["reached"]]
    figure = f"{line['ratio']:.2f} ×" if "ratio" in line else f"{line['value']:.3g} {line['unit']}"
    return (line["work"] if first_of_work else "", ours if first_of_work else "", line["against"],
            duration(line["other"]) if "other" in line else "", figure, line.get("target", ""), verdict)


def text(row):
    return "| " + " | ".join(cell.ljust(width) for cell, (_, width) in zip(row, COLUMNS)) + " |"


def show(lines, first):
    """Prints the lines of one row; with `first`, the heading before them."""
    if first:
        print(text([name for name, _ in COLUMNS]))
        print("|" + "|".join("-" * (width + 2) for _, width in COLUMNS) + "|")
    for number, line in enumerate(lines):
        print(text(cells(line, number == 0 or line["work"] != lines[number - 1]["work"])), flush=True)
