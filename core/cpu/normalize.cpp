#include <tessera/core/cpu/normalize.hpp>

namespace tessera::cpu {
namespace {

DType unsigned_of(std::int64_t item) {
  return item == 1 ? DType::uint8 : item == 2 ? DType::uint16 : item == 4 ? DType::uint32 : DType::uint64;
}
bool integral(DType t) { return is_integer(t) || t == DType::bool_; }

}  // namespace

bool is_identity(const Instruction& in) {
  if (in.op == Op::cast)
    return in.type == in.to || (integral(in.type) && is_integer(in.to) && item_size(in.type) == item_size(in.to));
  return returns_operand(in.op, in.type);
}

Instruction normalize(Instruction in) {
  if (in.op == Op::where && item_size(in.type) <= 8) in.type = in.to = unsigned_of(item_size(in.type));
  if (in.op == Op::multiply && in.a == in.b && !is_complex(in.type) && in.type != DType::bool_) in.op = Op::square;
  if (in.op == Op::square && is_complex(in.type)) {
    in.op = Op::multiply;
    in.b = in.a;
  }
  if (in.type == DType::bool_) {  // bytes of 0 or 1
    switch (in.op) {
      case Op::add:
      case Op::maximum:
      case Op::logical_or:
        in.op = Op::bitwise_or;
        break;
      case Op::multiply:
      case Op::minimum:
      case Op::logical_and:
        in.op = Op::bitwise_and;
        break;
      case Op::logical_xor:
      case Op::not_equal:
        in.op = Op::bitwise_xor;
        break;
      case Op::bitwise_invert:
        in.op = Op::logical_not;
        break;
      default:
        break;
    }
  }
  return in;
}

}  // namespace tessera::cpu
