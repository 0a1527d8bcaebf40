"""Completions and manual pages: made from the option tables, accepted by the programs that read them, and complete."""
import os
import re
import shutil
import subprocess
import unittest

from command import TESSERA, Case, run

COMMANDS = ["eval", "info", "stats", "histogram", "copy", "diff", "doctor"]


class Pages(Case):
    def options(self, command):
        """As --help lists them."""
        return set(re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", self.done(run(command, "--help")).out, re.MULTILINE))

    def test_manual_pages(self):
        for name in ["tessera", *COMMANDS]:
            page = self.done(run("--man", name)).out
            self.assertTrue(page.startswith(".TH TESSERA"), page[:50])
            for section in ("NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS", "SEE ALSO"):
                self.assertIn(f".SH {section}\n", page)
            if name != "tessera":
                for option in self.options(name):
                    self.assertIn(option.replace("-", "\\-"), page)
            if shutil.which("man") and shutil.which("groff"):
                with open(self.path("page.1"), "w") as f:
                    f.write(page)
                shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", self.path("page.1")], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})
                self.assertEqual((shown.returncode, shown.stderr), (0, ""))
                self.assertIn("SYNOPSIS", shown.stdout)
        self.assertIn("mean(x, axis=None", self.done(run("--man", "eval")).out)

    def test_bad_words(self):
        self.refused(run("--man", "evel"), 2, "did you mean 'eval'?")
        self.refused(run("--completion", "tcsh"), 2, "bash, zsh or fish")

    def complete(self, *words):
        """What bash offers for the last word."""
        script = 'source <("$1" --completion bash); shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tessera; printf "%s\\n" "${COMPREPLY[@]}"'
        result = subprocess.run(["bash", "-c", script, "bash", TESSERA, "tessera", *words], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(result.stderr, "")
        return set(result.stdout.split())

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_bash(self):
        self.assertLessEqual(set(COMMANDS), self.complete(""))
        self.assertEqual(self.complete("di"), {"diff"})
        for command in COMMANDS:
            self.assertEqual({w for w in self.complete(command, "-") if w.startswith("--")}, self.options(command))
        self.assertEqual(self.complete("eval", "x", "--progress", ""), {"auto", "on", "off"})
        self.assertEqual(self.complete("copy", "a", "b", "--dtype", "float"), {"float32", "float64"})
        self.assertEqual(self.complete("stats", "--threads", ""), set())
        self.assertEqual(self.complete("diff", "--rt"), {"--rtol"})
        with open(self.path("some file.h5"), "w"):
            pass
        self.assertEqual(self.complete("info", "some"), {"some", "file.h5"})  # one name, split here at the blank
        self.assertEqual(self.complete("--completion", ""), self.complete(""))  # before a command: the commands

    def test_other_shells(self):
        for shell in ("zsh", "fish"):
            text = self.done(run("--completion", shell)).out
            for command in COMMANDS:
                self.assertIn(command, text)
            self.assertIn("rtol", text)
            if shutil.which(shell):
                with open(self.path("completion"), "w") as f:
                    f.write(text)
                self.assertEqual(subprocess.run([shell, "-n", self.path("completion")], capture_output=True, text=True).stderr, "")


if __name__ == "__main__":
    unittest.main()
