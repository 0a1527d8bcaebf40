#!/usr/bin/env python3
"""Ratios, what is reached and missed, and what is lacking in the table that bench/gpu.sh ends with."""
import json
import unittest

import gpu_table


def figure(who, work, dtype, *seconds, **more):
    return json.dumps({"who": who, "seconds": seconds, "work": work, "dtype": dtype, **more})


def whole_run():
    """A figure of everything: all took a second."""
    return [figure(who, work, dtype, 1.0) for work, dtypes, targets in gpu_table.ROWS for dtype in dtypes
            for who in (gpu_table.OURS, *targets) if (who, work, dtype) not in gpu_table.KNOWN]


class GpuTable(unittest.TestCase):
    def lines(self, *texts):
        """By whom Tessera is compared with, of one work."""
        lines = gpu_table.judge(gpu_table.read(texts)[0])
        return {line["against"]: line for line in lines}

    def test_a_ratio_says_how_many_times_as_long_the_other_took_in_the_least_of_its_rounds(self):
        line = self.lines(figure("Tessera", "`x + 2`", "float32", 0.003, 0.002), figure("CuPy", "`x + 2`", "float32", 0.009, 0.008))["CuPy"]
        self.assertEqual((line["tessera"], line["other"], line["ratio"]), (0.002, 0.008, 4))

    def test_a_target_is_reached_at_the_ratio_that_is_asked_for(self):
        for theirs, reached in ((5.99, False), (6.0, True), (7.0, True)):
            line = self.lines(figure("Tessera", "`x + 2`", "float64", 2.0), figure("CuPy", "`x + 2`", "float64", theirs))["CuPy"]
            self.assertEqual((line["target"], line["reached"]), ("≥ 3 ×", reached))

    def test_the_issues_targets(self):
        asked = {(work, who): least for work, _, targets in gpu_table.ROWS for who, least in targets.items() if least}
        expected = {(work, gpu_table.COPY): 0.85 for work in ("mean over axis 0", "mean over axis 1", "`argmax`", "`var`")}
        for work in ("`x + 2`", "`sum(sqrt(x) + x**2)`", "ten operations", "Black–Scholes"):
            expected |= {(work, gpu_table.COPY): 0.9, (work, "CuPy"): 3, (work, "cupy.fuse"): 1, (work, "JAX jit"): 1}
        expected |= {("pi", gpu_table.NUMBA_GUIDE[0]): 20, ("matmul", "torch.mm"): 0.97,
                     ("`sum(x * 2)` of the host's memory", "sending pinned memory"): 0.85}
        self.assertEqual(asked, expected)

    def test_dtypes_are_compared_with_their_own(self):
        lines = gpu_table.judge(gpu_table.read([figure("Tessera", "matmul", "float32", 4.0), figure("torch.mm", "matmul", "float32", 4.0),
                                                figure("Tessera", "matmul", "TF32", 2.0), figure("torch.mm", "matmul", "TF32", 1.0)])[0])
        self.assertEqual([(line["work"], line["reached"]) for line in lines], [("matmul, float32", True), ("matmul, TF32", False)])

    def test_what_has_no_target_is_neither_reached_nor_missed(self):
        line = self.lines(figure("Tessera", "`var`", "float64", 2.0), figure("CuPy", "`var`", "float64", 1.0))["CuPy"]
        self.assertEqual((line["ratio"], line["reached"], "target" in line), (0.5, None, False))

    def test_pi_is_compared_with_the_guides_seconds(self):
        for seconds, reached in ((6.9 / 20, True), (0.4, False)):
            self.assertEqual(self.lines(figure("Tessera", "pi", "float64", seconds))[gpu_table.NUMBA_GUIDE[0]]["reached"], reached)

    def test_a_known_expression_has_ten_microseconds(self):
        for seconds, reached in ((9e-6, True), (11e-6, False)):
            line = self.lines(figure("Tessera", gpu_table.LAUNCH, "float64", seconds))["host time"]
            self.assertEqual((line["target"], line["reached"]), ("≤ 10 µs", reached))
            self.assertAlmostEqual(line["value"], seconds * 1e6)

    def test_a_peer_that_is_left_out_has_no_lines_and_is_no_gap(self):
        texts = [t for t in whole_run() if json.loads(t)["who"] != "JAX jit"] + [json.dumps({"who": "JAX jit", "left_out": "no module"})]
        figures, left_out, _ = gpu_table.read(texts)
        self.assertNotIn("JAX jit", {line["against"] for line in gpu_table.judge(figures)})
        self.assertIn("CuPy", {line["against"] for line in gpu_table.judge(figures)})
        self.assertEqual(left_out, {("JAX jit", None, None): "no module"})
        self.assertEqual(gpu_table.gaps(figures, left_out), [])

    def test_a_work_that_a_peer_cannot_do_is_no_gap(self):
        texts = [t for t in whole_run() if (json.loads(t)["who"], json.loads(t)["work"], json.loads(t)["dtype"]) != ("CuPy", "`var`", "float64")]
        figures, left_out, _ = gpu_table.read(texts)
        self.assertEqual(gpu_table.gaps(figures, left_out), ["CuPy has no figure of `var`, float64."])
        texts.append(json.dumps({"who": "CuPy", "work": "`var`", "dtype": "float64", "left_out": "out of memory"}))
        figures, left_out, _ = gpu_table.read(texts)
        self.assertEqual(gpu_table.gaps(figures, left_out), [])

    def test_a_peer_that_ended_early_and_tesseras_missing_figures_are_gaps(self):
        texts = [t for t in whole_run() if json.loads(t)["who"] not in ("torch.mm", "Tessera") or json.loads(t)["work"] != "matmul"]
        self.assertEqual(gpu_table.gaps(*gpu_table.read(texts)[:2]),
                         ["Tessera has no figure of matmul, float32, TF32, float64.", "torch.mm has no figure of matmul, float32, TF32, float64."])

    def test_a_whole_run_has_a_line_for_each_comparison(self):
        figures, left_out, _ = gpu_table.read(whole_run())
        self.assertEqual(gpu_table.gaps(figures, left_out), [])
        expected = sum(len(dtypes) * len(targets) for _, dtypes, targets in gpu_table.ROWS) + 1  # the known expression has none to compare with
        self.assertEqual(len(gpu_table.judge(figures)), expected)

    def test_libraries_are_named(self):
        names = gpu_table.read([figure("CuPy", "`var`", "float64", 1.0, by="NumPy 2.4"), figure("Tessera", "`var`", "float64", 1.0)])[2]
        self.assertEqual(names, {"CuPy": "NumPy 2.4"})


if __name__ == "__main__":
    unittest.main()
