#pragma once
// What the command uses of Tessera. Nothing below this line is the command's own.
#include <tessera/core/cpu/target.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/machine.hpp>
#include <tessera/tessera.hpp>
