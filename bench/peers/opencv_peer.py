#!/usr/bin/env python3
"""OpenCV's side of the rows of images.

    opencv_peer.py images SOURCE.npy TARGET.npy    what apps/imageproc makes of a stack, by a multiprocessing pool
    opencv_peer.py gaussian --shape N,N            cv2.GaussianBlur of float32 in memory, sigma 3, with OpenCV's own threads
"""

import argparse
import multiprocessing
import os

import cv2
import numpy as np

from timing import report, timed

SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)


def process(job):
    source, target, first, last = job
    cv2.setNumThreads(1)
    images, out = np.load(source, mmap_mode="r"), np.load(target, mmap_mode="r+")
    for i in range(first, last):
        y = cv2.GaussianBlur(images[i].astype(np.float32), (9, 9), 1, borderType=cv2.BORDER_REFLECT)
        y = cv2.filter2D(y, -1, SHARPEN, borderType=cv2.BORDER_REFLECT)
        mean, deviation = cv2.meanStdDev(y)
        out[i] = (y - np.float32(mean[0, 0])) / np.float32(deviation[0, 0] or 1)


def images(source, target, processes):
    shape = np.load(source, mmap_mode="r").shape
    np.lib.format.open_memmap(target, "w+", np.float32, shape).flush()
    each = 8
    jobs = [(source, target, at, min(shape[0], at + each)) for at in range(0, shape[0], each)]
    with multiprocessing.Pool(processes) as pool:
        pool.map(process, jobs, chunksize=1)
    with open(target, "r+b") as file:
        os.fsync(file.fileno())  # as a file that we have written is on the disk when the call is over


def gaussian(shape, rounds, threads):
    cv2.setNumThreads(threads)
    x = np.random.default_rng(1).random(shape, dtype=np.float32)
    out = np.empty_like(x)
    seconds, _ = timed(lambda: cv2.GaussianBlur(x, (25, 25), 3, dst=out, borderType=cv2.BORDER_REFLECT), rounds)
    report("OpenCV", seconds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=("images", "gaussian"))
    parser.add_argument("files", nargs="*")
    parser.add_argument("--shape", default="8192,8192", type=lambda text: tuple(map(int, text.split(","))))
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--threads", default=int(os.environ.get("OMP_NUM_THREADS", "2")), type=int)
    arguments = parser.parse_args()
    if arguments.case == "images":
        images(*arguments.files, arguments.threads)
    else:
        gaussian(arguments.shape, arguments.rounds, arguments.threads)


if __name__ == "__main__":
    main()
