#pragma once
// What is left of a run beside its HDF5 file. On one rank.
#include <cstdint>
#include <string>
#include <vector>

namespace heat {

/// Writes (anew) "x.xdmf" beside "x.h5": the snapshots of its /temperature, shape (times, lengths...), one a time, as ParaView
/// and VisIt read them. throws std::runtime_error.
void describe(const std::string& file, const std::vector<std::int64_t>& lengths, const std::vector<double>& times);

/// Writes folder/00000400.png for step 400: temperatures in [0, 1], row-major in rows of `columns`, from black through red and
/// yellow to white. Makes the folder. throws std::runtime_error.
void write_frame(const std::string& folder, std::int64_t step, const std::vector<double>& temperatures,
                 std::int64_t columns);

}  // namespace heat
