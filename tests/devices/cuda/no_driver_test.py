#!/usr/bin/env python3
"""no_driver_test.py TESSERA DRIVER NCCL: what the command says of a machine without a driver, NVRTC or a GPU."""
import os
import subprocess
import sys
import unittest


class NoDriver(unittest.TestCase):
    def says(self, text, **variables):
        done = subprocess.run([TESSERA, "eval", "--device", "cuda", "1 + 1"], capture_output=True, text=True, env={**os.environ, **variables})
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(text, done.stderr)

    def test_no_driver(self):
        self.says("no CUDA driver: there is no libcuda-none.so", TESSERA_CUDA_DRIVER="libcuda-none.so")

    def test_no_nvrtc(self):
        self.says("no NVRTC", TESSERA_CUDA_DRIVER=SIMULATED, TESSERA_NVRTC="libnvrtc-none.so")

    def test_no_gpu(self):
        self.says("finds no GPU", TESSERA_CUDA_DRIVER=SIMULATED, TESSERA_NVRTC=SIMULATED, TESSERA_SIMULATED_GPUS="0")

    def test_doctor_says_what_links_gpus(self):
        for nccl, text in (("none", "no NCCL, so GPUs exchange through the host's memory: TESSERA_NCCL is none"), ("libnccl-none.so", "there is no libnccl-none.so"), (NCCL, "NCCL 2.28.9")):
            done = subprocess.run([TESSERA, "doctor"], capture_output=True, text=True,
                                  env={**os.environ, "TESSERA_CUDA_DRIVER": SIMULATED, "TESSERA_NVRTC": SIMULATED, "TESSERA_CUBLAS": "none", "TESSERA_NCCL": nccl})
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(text, done.stdout)

    def test_auto_is_the_cpu(self):
        done = subprocess.run([TESSERA, "eval", "1 + 1"], capture_output=True, text=True, env={**os.environ, "TESSERA_CUDA_DRIVER": "libcuda-none.so"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    TESSERA, SIMULATED, NCCL = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1])
