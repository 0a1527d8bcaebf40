// Any bytes as an HDF5 file: every dataset that it claims to have is described and read.
#include "fuzzer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  if (size < 8 || data[0] != 0x89 || data[1] != 'H') return -1;
  const fuzz::MemoryFile file(data, size);
  fuzz::must_refuse_or_accept([&] {
    for (const auto& info : list_datasets(file.path()))
      fuzz::must_refuse_or_accept([&] { fuzz::read_store(*open_store_alone(info.name)); });
  });
  return 0;
}
