#pragma once
#include <tessera/core/box_run.hpp>
