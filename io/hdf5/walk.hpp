#pragma once
// All that the links of a file lead to. Private to io/hdf5; the caller holds the lock.
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

struct Found {
  enum class Kind : std::uint8_t {
    dataset,
    bare,     ///< NetCDF's dimension that is no variable
    soft,     ///< a soft link; `detail` is where it points
    outside,  ///< a link out of the file; `detail` says which: "an external link to 'b.h5:/x'"
    broken    ///< can't be opened, or not listed to the end; `detail` says why
  };
  std::string path;  ///< as it is called (netcdf_names.hpp)
  Kind kind = Kind::dataset;
  haddr_t address = HADDR_UNDEF;  ///< of a dataset's header, as references have it
  bool readable = false;          ///< elements of a type that we read
  bool scale = false;             ///< a NetCDF coordinate or dimension
  std::string detail{};
  std::string link{};  ///< of a dataset: where it is in the file
};

/// Every dataset once (by the path of the fewest slashes, of these the first), every link that is not followed, and
/// every object that is broken, by path; at most `most` datasets. Never throws for what is in the file. What the system
/// can't read is listed as broken, too, or thrown.
enum class Unreadable : std::uint8_t { thrown, listed };
std::vector<Found> walk(hid_t file, const std::string& name, std::size_t most,
                        Unreadable unreadable = Unreadable::thrown);

constexpr std::size_t most_datasets = 100000;

}  // namespace tessera::io::hdf5
