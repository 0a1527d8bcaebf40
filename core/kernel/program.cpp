#include <tessera/core/kernel/program.hpp>

#include <cstring>

#include <tessera/core/hash.hpp>

namespace tessera {

DType Program::type(ValueId v) const {
  if (v < inputs.size()) return inputs[v];
  if (v < inputs.size() + scalars.size()) return scalars[v - inputs.size()];
  return code[v - inputs.size() - scalars.size()].to;
}

std::uint64_t Program::hash() const {
  Hash h;
  h.add(inputs.size()).add(scalars.size()).add(code.size()).add(outputs.size());
  for (auto t : inputs) h.add(t);
  for (auto t : scalars) h.add(t);
  for (const auto& i : code) h.add(i.op).add(i.type).add(i.to).add(i.a).add(i.b).add(i.c);
  for (auto v : outputs) h.add(v);
  return h.value();
}

void add(Key& key, const Program& p) {
  key.add(p.inputs.size()).add(p.scalars.size()).add(p.code.size()).add(p.outputs.size());
  for (const auto t : p.inputs) key.add(t);
  for (const auto t : p.scalars) key.add(t);
  for (const auto& i : p.code) key.add(i.op).add(i.type).add(i.to).add(i.a).add(i.b).add(i.c);
  for (const auto v : p.outputs) key.add(v);
}

std::string to_string(const Program& p) {
  std::string s;
  for (std::size_t i = 0; i < p.inputs.size(); i++)
    s += "v" + std::to_string(i) + " = input " + to_string(p.inputs[i]) + "\n";
  for (std::size_t i = 0; i < p.scalars.size(); i++)
    s += "v" + std::to_string(p.scalar_value(i)) + " = scalar " + to_string(p.scalars[i]) + "\n";
  for (std::size_t i = 0; i < p.code.size(); i++) {
    const auto& in = p.code[i];
    s += "v" + std::to_string(p.code_value(i)) + " = " + std::string(info(in.op).name) + " v" + std::to_string(in.a);
    if (info(in.op).arity > 1) s += " v" + std::to_string(in.b);
    if (info(in.op).arity > 2) s += " v" + std::to_string(in.c);
    s += " : " + to_string(in.to) + "\n";
  }
  s += "return";
  for (auto v : p.outputs) s += " v" + std::to_string(v);
  return s + "\n";
}

ScalarBits to_bits(const Scalar& value, DType type) {
  ScalarBits bits;
  visit_dtype(type, [&]<class T>(T) {
    const T v = value.as<T>();
    std::memcpy(bits.bytes, &v, sizeof v);
  });
  return bits;
}

}  // namespace tessera
