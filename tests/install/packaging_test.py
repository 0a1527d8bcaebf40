"""What is made for clusters, as far as it can be checked without them: the module file in a Tcl that knows the words of module
files, the Spack recipe in a Python that knows Spack's, the Apptainer definition section by section.

    packaging_test.py MODULEFILE TCLSH"""
import os
import re
import subprocess
import sys
import tempfile
import types
import unittest

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PACKAGING = os.path.join(TREE, "cmake", "packaging")


def text_of(*names):
    with open(os.path.join(TREE, *names)) as f:
        return f.read()


VERSION = re.search(r"project\(tessera VERSION ([\d.]+)", text_of("CMakeLists.txt")).group(1)


class ModuleFile(unittest.TestCase):
    def test_it_leads_to_the_installation_wherever_that_lies(self):
        with tempfile.TemporaryDirectory() as prefix:
            place = os.path.join(prefix, "share/tessera/modulefiles/tessera", VERSION)
            os.makedirs(os.path.dirname(place))
            with open(MODULEFILE) as source, open(place, "w") as copy:
                copy.write(source.read())
            script = f"""
                proc prepend-path {{name value}} {{ puts "$name $value" }}
                proc module-whatis {{text}} {{ puts "whatis $text" }}
                proc conflict {{name}} {{ puts "conflict $name" }}
                set ModulesCurrentModulefile {{{place}}}
                source $ModulesCurrentModulefile
                ModulesHelp"""
            out = subprocess.run([TCLSH], input=script, capture_output=True, text=True, check=True).stdout
            paths = dict(line.split(" ", 1) for line in out.splitlines())
            self.assertEqual(paths["PATH"], f"{prefix}/bin")
            self.assertEqual(paths["CMAKE_PREFIX_PATH"], prefix)
            self.assertTrue(paths["LD_LIBRARY_PATH"].startswith(f"{prefix}/lib"))
            self.assertEqual(paths["PKG_CONFIG_PATH"], paths["LD_LIBRARY_PATH"] + "/pkgconfig")
            self.assertIn(VERSION, paths["whatis"])


class SpackRecipe(unittest.TestCase):
    """Its words are recorded by a module that stands for Spack's."""

    def setUp(self):
        self.words = []
        spack = types.ModuleType("spack.package")
        for word in ("version", "variant", "depends_on", "conflicts"):
            setattr(spack, word, lambda *a, _word=word, **k: self.words.append((_word, a, k)))
        spack.CMakePackage = type("CMakePackage", (), {
            "define": staticmethod(lambda name, value: (name, value)),
            "define_from_variant": staticmethod(lambda name, variant: (name, variant))})
        spack.__all__ = ["version", "variant", "depends_on", "conflicts", "CMakePackage"]
        sys.modules["spack"], sys.modules["spack.package"] = types.ModuleType("spack"), spack
        names = {}
        path = os.path.join(PACKAGING, "spack", "packages", "tessera", "package.py")
        exec(compile(text_of(path), path, "exec"), names)
        self.recipe = names["Tessera"]()

    def all_of(self, word):
        return [a[0] for w, a, _ in self.words if w == word]

    def test_it_has_the_version_of_the_tree(self):
        self.assertEqual(self.all_of("version"), [VERSION])

    def test_its_options_are_those_of_the_tree(self):
        known = set(re.findall(r"option\((\w+)", text_of("CMakeLists.txt")))
        for name, value in self.recipe.cmake_args():
            self.assertIn(name, known)
            if isinstance(value, str):
                self.assertIn(value, self.all_of("variant"))

    def test_it_needs_what_the_tree_looks_for(self):
        needed = {re.split("[@+~: ]", name)[0] for name in self.all_of("depends_on")}
        looked_for = {"SLEEF": "sleef", "HIGHWAY": "highway", "DEFLATE": "libdeflate", "HWLOC": "hwloc", "fmt": "fmt", "MPI": "mpi",
                      "HDF5": "hdf5", "PkgConfig": "pkgconfig", "CLI11": "cli11", "nlohmann_json": "nlohmann-json", "PNG": "libpng"}
        searches = text_of("cmake/dependencies.cmake") + text_of("apps/CMakeLists.txt")
        for name in re.findall(r"(?:find_package|pkg_check_modules)\((\w+)", searches):
            if name not in ("OpenMP", "Threads"):  # the compiler's
                self.assertIn(looked_for[name], needed)


class Container(unittest.TestCase):
    def setUp(self):
        self.sections = dict(re.findall(r"^%(\w+)\n(.*?)(?=^%|\Z)", text_of("cmake/packaging/tessera.def"), re.MULTILINE | re.DOTALL))

    def test_its_sections_are_shell(self):
        self.assertEqual(set(self.sections), {"files", "post", "environment", "runscript", "test", "labels"})
        for name in ("post", "environment", "runscript", "test"):
            subprocess.run(["sh", "-n"], input=self.sections[name], text=True, check=True)

    def test_it_installs_what_dev_installs(self):
        listed = set(re.search(r"^packages=\((.*?)\)", text_of("dev"), re.MULTILINE | re.DOTALL).group(1).split())
        install = re.search(r"apt-get install(.*?)\n    cmake", self.sections["post"], re.DOTALL).group(1).replace("\\\n", " ")
        packages = [word for word in install.split() if not word.startswith("-")]
        self.assertEqual(set(packages) - listed, set())
        self.assertIn("libopenmpi-dev", packages)

    def test_its_options_are_those_of_the_tree(self):
        known = set(re.findall(r"option\((\w+)", text_of("CMakeLists.txt"))) | {"CMAKE_BUILD_TYPE", "CMAKE_INSTALL_PREFIX"}
        self.assertEqual(set(re.findall(r"-D(\w+)=", self.sections["post"])) - known, set())


if __name__ == "__main__":
    MODULEFILE, TCLSH = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
