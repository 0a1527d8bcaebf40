// Any bytes as an npy file.
#include "fuzzer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  // Other formats have their own fuzzers.
  if (size < 6 || data[0] != 0x93 || data[1] != 'N') return -1;
  const fuzz::MemoryFile file(data, size);
  fuzz::must_refuse_or_accept([&] { fuzz::read_store(*open_store_alone(file.path())); });
  return 0;
}
