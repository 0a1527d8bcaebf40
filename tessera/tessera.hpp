#pragma once
// All of Tessera for its users. Nothing of MPI, HDF5, fmt or CUDA comes with it; <tessera/mpi.hpp> adds MPI
// communicators.
#include <tessera/core/array.hpp>
#include <tessera/core/cpu/target.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/core/labels.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/random.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/machine.hpp>
#include <tessera/distributed/session.hpp>
#include <tessera/io/files.hpp>
