#!/usr/bin/python3
"""Writes what NumPy says of every function of Tessera: make_golden.py FOLDER PRINT_OPERATIONS

PRINT_OPERATIONS is the program that prints the table of elementwise operations (tests/tools).

  FOLDER/input/NAME.npy   the inputs; their names in FOLDER/inputs.txt
  FOLDER/expected.bin     the results, one after another
  FOLDER/manifest.txt     a line a case, separated by tabs: name, tolerance, dtype, shape, offset in expected.bin, expression

An expression is in prefix form, "(sum (add x_int8 2) axis=0,2 keepdims)"; golden_expression.cpp builds the array from it.

Tolerances:
  exact        the same bits, but any NaN for a NaN
  unsigned     the same, 0 for -0
  ulp:N,abs:X  |got - expected| <= N * eps * |expected| + X, with the eps of the result's dtype (complex: of the modulus), at least
               N times the smallest denormal; NaN and infinities as they are

Where NumPy 1.24 is not the model (NumPy 2's weak scalars; integers computed in float64; float32 summed in float64), the case
says so and casts first.
"""
import os
import sys

import numpy as np

import bin_estimators
import calls
import choices
import creation
import cumulative
import order
import elementwise
import filter_axes
import filters
import fits
import gather
import groups
import table
import joins
import products
import quantiles
import reductions
import reshapes
import sets
import values
import views


class Golden:
    """Collects inputs and cases."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(os.path.join(folder, "input"), exist_ok=True)
        self.expected = open(os.path.join(folder, "expected.bin"), "wb")
        self.lines = []
        self.inputs = {}

    def input(self, name, array):
        array = np.asarray(array)
        self.inputs[name] = array
        np.save(os.path.join(self.folder, "input", name + ".npy"), array)
        return array

    def case(self, expression, expected, tolerance="exact"):
        expected = np.array(expected, order="C")  # keeps 0-d arrays 0-d
        shape = ",".join(map(str, expected.shape))
        self.lines.append("\t".join([str(len(self.lines)), tolerance, expected.dtype.name, shape, str(self.expected.tell()), expression]))
        self.expected.write(expected.tobytes())

    def close(self):
        self.expected.close()
        with open(os.path.join(self.folder, "manifest.txt"), "w") as f:
            f.write("\n".join(self.lines) + "\n")
        with open(os.path.join(self.folder, "inputs.txt"), "w") as f:
            f.write("\n".join(self.inputs) + "\n")


def main():
    np.seterr(all="ignore")
    golden = Golden(sys.argv[1])
    values.make(golden)
    table.make(golden, sys.argv[2])
    elementwise.make(golden)
    choices.make(golden)
    reductions.make(golden)
    cumulative.make(golden)
    quantiles.make(golden)
    order.make(golden)
    sets.make(golden)
    gather.make(golden)
    views.make(golden)
    reshapes.make(golden)
    filters.make(golden)
    filter_axes.make(golden)
    products.make(golden)
    fits.make(golden)
    groups.make(golden)
    bin_estimators.make(golden)
    calls.make(golden)
    joins.make(golden)
    creation.make(golden)
    golden.close()


if __name__ == "__main__":
    main()
