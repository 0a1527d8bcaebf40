"""Every listing of cpp-guide.md that names a file is that file, to the letter, and the table of NumPy's words is made from
numpy.cpp; every example stands in the guide. `check_guide.py DOCS --write` writes the table."""
import pathlib
import re
import sys

TABLE = re.compile(r"(<!-- table of examples/numpy.cpp: begin -->\n)(.*?)(<!-- table: end -->)", re.S)


def table(source):
    lines = source.split("// rows: begin\n")[1].split("// rows: end")[0].splitlines()
    rows = [re.fullmatch(r"\s*(\S.*?;)\s+// (.*)", line).groups() for line in lines if line.strip()]
    cell = lambda text: "`" + text.rstrip(";").replace("|", "\\|") + "`"
    return "| NumPy, Dask | Tessera |\n| --- | --- |\n" + "".join(f"| {cell(theirs)} | {cell(ours)} |\n" for ours, theirs in rows)


docs = pathlib.Path(sys.argv[1])
guide = (docs / "cpp-guide.md").read_text()
rows = table((docs / "examples" / "numpy.cpp").read_text())
if "--write" in sys.argv:
    (docs / "cpp-guide.md").write_text(TABLE.sub(lambda m: m[1] + rows + m[3], guide))
    sys.exit()
listings = dict(re.findall(r"<!-- (examples/\w+\.cpp) -->\n```cpp\n(.*?)```\n", guide, re.S))
wrong = []
for path in sorted((docs / "examples").glob("*.cpp")):
    name = f"examples/{path.name}"
    if path.name == "numpy.cpp":
        found = TABLE.search(guide)
        if not found or found[2] != rows:
            wrong.append(f"the guide's table is not that of {name}: check_guide.py docs --write")
    elif name not in listings:
        wrong.append(f"{name} does not stand in cpp-guide.md")
    elif listings[name] != path.read_text():
        wrong.append(f"the listing of {name} differs from the file")
wrong += [f"{name} is listed but does not exist" for name in listings if not (docs / name).exists()]
print("\n".join(wrong) or f"{len(listings)} listings are their files")
sys.exit(bool(wrong) or not listings)
