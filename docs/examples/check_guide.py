"""Every listing of cpp-guide.md that names a file is that file, to the letter; every example stands in the guide."""
import pathlib
import re
import sys

docs = pathlib.Path(sys.argv[1])
guide = (docs / "cpp-guide.md").read_text()
listings = dict(re.findall(r"<!-- (examples/\w+\.cpp) -->\n```cpp\n(.*?)```\n", guide, re.S))
wrong = []
for path in sorted((docs / "examples").glob("*.cpp")):
    name = f"examples/{path.name}"
    if name not in listings:
        wrong.append(f"{name} does not stand in cpp-guide.md")
    elif listings[name] != path.read_text():
        wrong.append(f"the listing of {name} differs from the file")
wrong += [f"{name} is listed but does not exist" for name in listings if not (docs / name).exists()]
print("\n".join(wrong) or f"{len(listings)} listings are their files")
sys.exit(bool(wrong) or not listings)
