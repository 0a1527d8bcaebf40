#pragma once
// A Program: a fused elementwise computation as typed single-assignment code. It knows no shapes and no memory: only
// how one element of each input becomes one element of each output. Its key is its structure: scalar values are
// parameters.
//
// sqrt(x) + x * s for a float64 x:
//   inputs {float64}; scalars {float64}; code { v2 = sqrt v0; v3 = multiply v0 v1; v4 = add v2 v3 }; outputs {v4}
// Values are numbered: inputs first, then scalars, then one per instruction.
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/core/dtype.hpp>
#include <tessera/core/kernel/operations.hpp>
#include <tessera/core/key.hpp>
#include <tessera/core/scalar.hpp>

namespace tessera {

using ValueId = std::uint16_t;

struct Instruction {
  Op op;
  DType type;  ///< of the operands (of the last two for `where`, whose first is a bool)
  DType to;    ///< of the result
  ValueId a = 0, b = 0, c = 0;
  bool operator==(const Instruction&) const = default;
};

struct TESSERA_API Program {
  std::vector<DType> inputs;
  std::vector<DType> scalars;
  std::vector<Instruction> code;
  std::vector<ValueId> outputs;

  DType type(ValueId v) const;
  std::size_t values() const { return inputs.size() + scalars.size() + code.size(); }
  ValueId scalar_value(std::size_t i) const { return static_cast<ValueId>(inputs.size() + i); }
  ValueId code_value(std::size_t i) const { return static_cast<ValueId>(inputs.size() + scalars.size() + i); }
  bool operator==(const Program&) const = default;
  std::uint64_t hash() const;
};

/// Adds all of it.
TESSERA_API void add(Key& key, const Program& p);

/// One line per value, as above.
TESSERA_API std::string to_string(const Program& p);

/// A scalar parameter as a kernel reads it: the bytes of one element of its dtype.
struct ScalarBits {
  alignas(16) unsigned char bytes[16] = {};
};
TESSERA_API ScalarBits to_bits(const Scalar& value, DType type);

}  // namespace tessera
