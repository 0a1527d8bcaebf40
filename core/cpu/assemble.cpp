// One pass over the Program in its order. Invariant: a value that is still needed is in the accumulator or in memory
// (an input, a scalar's block, a slot). A value is spilled when another takes the accumulator, and its slot is free
// after its last use.
#include <tessera/core/cpu/assemble.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <tessera/core/cpu/normalize.hpp>
#include <tessera/core/cpu/rare.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

class Assembler {
 public:
  Assembler(const Program& p, const Machine& m, bool fma, Sink sink)
      : p_(p), m_(m), fma_(fma), sink_(sink), table_(p), at_(p.values()) {}

  Code run() {
    resolve();
    for (std::size_t i = 0; i < p_.inputs.size(); i++) at_[i].mem = static_cast<int>(i);
    for (std::size_t i = 0; i < p_.scalars.size(); i++)
      at_[p_.scalar_value(i)].mem = table_.scalar(static_cast<int>(i));
    for (std::size_t i = 0; i < p_.code.size(); i++) {
      const ValueId v = p_.code_value(i);
      if (!at_[v].needed || at_[v].same != v) continue;
      instruction(code_[i], v);
      finish(v);
    }
    if (stores()) {
      for (std::size_t k = 0; k < p_.outputs.size(); k++)
        if (const ValueId v = value(p_.outputs[k]); v < p_.code_value(0)) {
          load_or_copy(v, static_cast<int>(k));
        }
    } else {
      fold(value(p_.outputs[0]), p_.type(p_.outputs[0]));
    }
    push(Step{m_.glue(Glue::next, std::min(table_.inputs, max_prefetched))});
    code_out_.slots = slots_;
    return std::move(code_out_);
  }

 private:
  static constexpr int none = -1;
  struct Value {
    int mem = none;  ///< its index in the table
    int uses = 0;    ///< operands still to be read, sinks not counted
    bool needed = false;
    bool slot = false;    ///< mem is a slot
    bool direct = false;  ///< mem is the output itself
    ValueId same = 0;     ///< the value whose bits it is
  };

  bool stores() const { return sink_ <= Sink::streamed_outputs; }
  ValueId value(ValueId v) const { return at_[v].same; }
  static int arity(const Instruction& in) { return info(in.op).arity; }
  /// Operands in the order of the steps' fields: where(c, a, b) has its condition last.
  static std::array<ValueId, 3> operands(const Instruction& in) {
    if (in.op == Op::where) return {in.b, in.c, in.a};
    return {in.a, in.b, in.c};
  }

  void resolve() {
    for (std::size_t v = 0; v < at_.size(); v++) at_[v].same = static_cast<ValueId>(v);
    code_.reserve(p_.code.size());
    for (std::size_t i = 0; i < p_.code.size(); i++) {
      Instruction in = p_.code[i];
      in.a = value(in.a);
      if (arity(in) > 1) in.b = value(in.b);
      if (arity(in) > 2) in.c = value(in.c);
      if (is_identity(in)) at_[p_.code_value(i)].same = in.a;
      in = normalize(in);
      code_.push_back(in);
    }
    for (auto v : p_.outputs) at_[value(v)].needed = true;
    for (std::size_t i = p_.code.size(); i-- > 0;) {
      const ValueId v = p_.code_value(i);
      if (!at_[v].needed || at_[v].same != v) continue;
      const auto from = operands(code_[i]);
      for (int k = 0; k < arity(code_[i]); k++) {
        const ValueId o = from[k];
        at_[o].needed = true;
        at_[o].uses++;
      }
    }
  }

  static std::uint32_t offset(int index) {
    return static_cast<std::uint32_t>(static_cast<std::size_t>(index) * sizeof(Mem));
  }
  void push(Step s) { code_out_.steps.push_back(s); }
  void reads(ValueId v) {
    if (at_[v].mem < table_.inputs && stored_) code_out_.stores_early = true;
  }
  /// A step's operand: the table offset of a value that is in memory.
  std::uint32_t mem(ValueId v) {
    reads(v);
    return offset(at_[v].mem);
  }
  bool in_memory(ValueId v) const { return at_[v].mem != none; }

  int new_slot() {
    if (free_.empty()) return table_.slot(slots_++);
    const int s = free_.back();
    free_.pop_back();
    return s;
  }
  void spill(ValueId v) {
    if (in_memory(v)) return;
    at_[v].mem = new_slot();
    at_[v].slot = true;
    Step s{m_.glue(Glue::store, item_size(p_.type(v)))};
    s.d = offset(at_[v].mem);
    push(s);
  }
  /// The accumulator is about to be overwritten; `reading` uses of its value go away with the step that does it.
  void release_accumulator(int reading = 0) {
    if (acc_ == none) return;
    const auto v = static_cast<ValueId>(acc_);
    if (at_[v].uses > reading) spill(v);
    acc_ = none;
  }
  void load(ValueId v) {
    if (acc_ == v) return;
    release_accumulator();
    Step s{m_.glue(Glue::load, item_size(p_.type(v)))};
    s.a = mem(v);
    push(s);
    acc_ = v;
  }

  /// Takes one use off every operand and frees slots that nobody reads any more.
  void consume(const Instruction& in) {
    const auto from = operands(in);
    for (int k = 0; k < arity(in); k++) at_[from[k]].uses--;
    for (int k = 0; k < arity(in); k++) {
      Value& v = at_[from[k]];
      if (v.uses == 0 && v.slot) {
        free_.push_back(v.mem);
        v.slot = false;
      }
    }
  }

  AnyFunction find(const Instruction& in, Form form) const { return m_.find(in.op, in.type, in.to, form); }

  void instruction(const Instruction& in, ValueId v) {
    const bool done = arity(in) == 1 ? unary(in) : arity(in) == 2 ? binary(in) : select(in);
    if (!done) {
      loop(in, v);
      return;
    }
    consume(in);
    acc_ = v;
  }

  bool unary(const Instruction& in) {
    if (const auto f = find(in, Form::m); f && acc_ != in.a) {
      release_accumulator();
      Step s{f};
      s.a = mem(in.a);
      push(s);
      return true;
    }
    const auto f = find(in, Form::a);
    if (!f) return false;
    load(in.a);
    release_accumulator(1);
    push(Step{f});
    return true;
  }

  bool is_scalar(ValueId v) const { return v >= p_.inputs.size() && v < p_.code_value(0); }

  /// One step with the operands that `f`'s form takes from memory. The accumulator's value is read `reading` times by
  /// it.
  bool emit(AnyFunction f, int reading, int a, int b) {
    release_accumulator(reading);
    Step s{f};
    if (a != none) s.a = mem(static_cast<ValueId>(a));
    if (b != none) s.b = mem(static_cast<ValueId>(b));
    push(s);
    return true;
  }
  bool binary(const Instruction& in) {
    if (!find(in, Form::am)) return false;
    const Instruction turned = mirrored(in);  // finds nothing but `am` and `as` that mean the same
    const bool symmetric = !find(in, Form::ma);
    // Scalars first: they cost no load.
    if (is_scalar(in.b)) {
      if (const auto f = find(in, Form::as); f && acc_ == in.a) return emit(f, 1, none, in.b);
      if (const auto f = find(in, Form::ms); f && in_memory(in.a)) return emit(f, 0, in.a, in.b);
      if (const auto f = find(in, Form::as)) {
        load(in.a);
        return emit(f, 1, none, in.b);
      }
    }
    if (is_scalar(in.a)) {
      const auto f = symmetric ? find(turned, Form::as) : find(in, Form::sa);
      const auto g = symmetric ? find(turned, Form::ms) : find(in, Form::sm);
      const int a = symmetric ? none : in.a, b = symmetric ? in.a : none;
      if (f && acc_ == in.b) return emit(f, 1, a, b);
      if (g && in_memory(in.b)) return symmetric ? emit(g, 0, in.b, in.a) : emit(g, 0, in.a, in.b);
      if (f) {
        load(in.b);
        return emit(f, 1, a, b);
      }
    }
    if (acc_ == in.b && acc_ != in.a)
      return symmetric ? emit(find(turned, Form::am), 1, none, in.a) : emit(find(in, Form::ma), 1, in.a, none);
    if (acc_ != in.a) {
      if (const auto mm = find(in, Form::mm)) return emit(mm, 0, in.a, in.b);
      load(in.a);
    }
    if (in.a == in.b) spill(in.a);
    return emit(find(in, Form::am), in.a == in.b ? 2 : 1, none, in.b);
  }
  /// b op' a for a op b: comparisons turn round, other operations with `am` and no `ma` are symmetric.
  static Instruction mirrored(Instruction in) {
    switch (in.op) {
      case Op::less:
        in.op = Op::greater;
        break;
      case Op::greater:
        in.op = Op::less;
        break;
      case Op::less_equal:
        in.op = Op::greater_equal;
        break;
      case Op::greater_equal:
        in.op = Op::less_equal;
        break;
      default:
        break;
    }
    return in;
  }

  // where(c, x, y): Instruction {a = c, b = x, c = y}; the condition is read from memory.
  bool select(const Instruction& in) {
    const auto am = find(in, Form::am), ma = find(in, Form::ma);
    if (!am || !ma) return false;
    if (acc_ == in.a) spill(in.a);
    const bool from_right = acc_ == in.c && acc_ != in.b;
    if (!from_right) load(in.b);
    if (in.b == in.c || acc_ == in.a) spill(static_cast<ValueId>(acc_));
    int reading = 0;
    for (const ValueId o : {in.a, in.b, in.c}) reading += acc_ == o;
    release_accumulator(reading);
    Step s{from_right ? ma : am};
    s.c = mem(in.a);
    (from_right ? s.a : s.b) = mem(from_right ? in.b : in.c);
    push(s);
    return true;
  }

  /// Memory to memory; straight into the output if that is all the value is for.
  void loop(const Instruction& in, ValueId v) {
    Step s{find(in, Form::loop)};
    s.call = m_.math(in.op, in.type, fma_);
    if (!s.call) s.call = find_rare(in.op, in.type);
    if (!s.run || (calls_function(in.op, in.type) && !s.call))
      throw DTypeError(fmt::format("{}: no kernel for dtype {}", info(in.op).name, to_string(in.type)));
    if (acc_ != none) {  // the registers don't survive
      const auto a = static_cast<ValueId>(acc_);
      if (at_[a].uses > 0) spill(a);
      acc_ = none;
    }
    const auto from = operands(in);
    s.a = mem(from[0]);
    if (arity(in) > 1) s.b = mem(from[1]);
    if (arity(in) > 2) s.c = mem(from[2]);
    const int out = only_output(v);
    const bool direct = out != none && (sink_ == Sink::outputs || item_size(p_.type(v)) > 8);
    at_[v].mem = direct ? table_.output(out) : new_slot();
    at_[v].slot = !direct;
    at_[v].direct = direct;
    s.d = offset(at_[v].mem);
    push(s);
    if (direct) stored_ = true;
    consume(in);
  }
  /// The output that `v` is, when it is one output and no operand.
  int only_output(ValueId v) const {
    if (!stores() || at_[v].uses > 0) return none;
    int out = none;
    for (std::size_t k = 0; k < p_.outputs.size(); k++)
      if (value(p_.outputs[k]) == v) {
        if (out != none) return none;
        out = static_cast<int>(k);
      }
    return out;
  }

  /// Stores a fresh value in the outputs that it is.
  void finish(ValueId v) {
    if (!stores() || at_[v].direct) return;
    bool is_output = false;
    for (std::size_t k = 0; k < p_.outputs.size(); k++) {
      if (value(p_.outputs[k]) != v) continue;
      load_or_copy(v, static_cast<int>(k));
      is_output = true;
    }
    if (is_output && at_[v].uses == 0 && at_[v].slot) {
      free_.push_back(at_[v].mem);
      at_[v].slot = false;
    }
  }
  void load_or_copy(ValueId v, int k) {
    if (item_size(p_.type(v)) <= 8) load(v);
    store_output(k, v);
  }
  void store_output(int k, ValueId v) {
    const std::int64_t item = item_size(p_.type(v));
    Step s;
    if (item > 8) {  // complex128 never is in the registers: real part, imaginary part as they are
      s.run = m_.find(Op::cast, DType::complex128, DType::complex128, Form::loop);
      s.a = mem(v);
    } else {
      s.run = m_.glue(sink_ == Sink::streamed_outputs ? Glue::stream : Glue::store, item);
    }
    s.d = offset(table_.output(k));
    push(s);
    stored_ = true;
  }

  /// `type` may differ from the value's in signedness: an int32 cast to uint32 is the same value.
  void fold(ValueId v, DType type) {
    Step s;
    s.d = offset(table_.state(0));
    Instruction in{sink_ == Sink::min    ? Op::minimum
                   : sink_ == Sink::max  ? Op::maximum
                   : sink_ == Sink::prod ? Op::multiply
                                         : Op::add,
                   type, type};
    if (in.type == DType::bool_) {
      const bool both = sink_ == Sink::min || sink_ == Sink::all || sink_ == Sink::prod;
      in = {both ? Op::bitwise_and : Op::bitwise_or, DType::uint8, DType::uint8};
    }
    if (const auto f = find(in, Form::update)) {
      load(v);
      s.run = f;
    } else {
      s.run = find(in, Form::loop);
      if (!s.run) throw DTypeError(fmt::format("reduction: no order among values of dtype {}", to_string(in.type)));
      if (acc_ == v) spill(v);
      s.a = s.d;
      s.b = mem(v);
    }
    push(s);
  }

  const Program& p_;
  const Machine& m_;
  const bool fma_;
  const Sink sink_;
  const OperandTable table_;
  std::vector<Value> at_;
  std::vector<Instruction> code_;
  Code code_out_;
  std::vector<int> free_;
  int slots_ = 0;
  int acc_ = none;
  bool stored_ = false;
};

}  // namespace

std::int64_t slot_bytes(const Program& p, const Machine& m) {
  std::int64_t item = 1;
  for (std::size_t v = 0; v < p.values(); v++) item = std::max(item, item_size(p.type(static_cast<ValueId>(v))));
  return item * m.width;
}

Code assemble(const Program& program, const Machine& machine, bool fma, Sink sink) {
  return Assembler(program, machine, fma, sink).run();
}

}  // namespace tessera::cpu
