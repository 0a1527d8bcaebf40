#pragma once
// HDF5 files as an attacker makes them: something changed in a block that has a checksum, and the checksum repaired, so
// that the library believes it. The format of 1.10 (superblock 2 and 3) sums nearly all of its metadata so.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tessera::testing {

/// Bob Jenkins' lookup3 (hashlittle) of `bytes`, as HDF5 sums its metadata.
std::uint32_t lookup3(const char* bytes, std::size_t n);

/// A block of a file that ends with its checksum, or has it in the middle (fractal heap's direct blocks).
struct SummedBlock {
  std::size_t at, bytes, sum;  ///< `sum`: where the checksum lies, relative to `at`; `bytes`: it has none
};
std::vector<SummedBlock> summed_blocks(const std::string& file);
/// All of a file of the old format, which has no checksums, in pieces.
std::vector<SummedBlock> unsummed_blocks(const std::string& file);

/// One to three changes in summed blocks, each a bit, a byte, or a number that hurts: 0, 1, the largest, the file's
/// size, an address of another block or of this one.
std::string crafted(const std::string& file, const std::vector<SummedBlock>& blocks, std::mt19937& random);

/// One to three larger changes: a run of bytes, the rest of a block gone, a block that is a copy of another one or
/// changes places with it, an address that leads to another block than it did, a field in the place of another.
std::string crafted_in_blocks(const std::string& file, const std::vector<SummedBlock>& blocks, std::mt19937& random);

}  // namespace tessera::testing
