#include "reference.hpp"

#include "reference_parts.hpp"

namespace tessera::cpu::reference {

Element apply(const Instruction& in, const Element& a, const Element& b, const Element& c) {
  if (in.op == Op::where) return a.as<bool>() ? b : c;
  if (in.op == Op::cast) return cast(a, in.to);
  return info(in.op).arity == 1 ? unary(in.op, a) : binary(in.op, a, b);
}

std::vector<Element> evaluate(const Program& p, const std::vector<Element>& inputs,
                              const std::vector<Element>& scalars) {
  std::vector<Element> v = inputs;
  v.insert(v.end(), scalars.begin(), scalars.end());
  for (const auto& in : p.code) v.push_back(apply(in, v[in.a], v[in.b], v[in.c]));
  std::vector<Element> out;
  for (auto o : p.outputs) out.push_back(v[o]);
  return out;
}

void for_each_target(const std::function<void(Target)>& f) {
  struct Restore {
    Target target = cpu::target();
    MathFamily family = math_family();
    ~Restore() {
      set_target(target);
      set_math_family(family);
    }
  } const restore;
  for (const Target t : supported_targets()) {
    set_target(t);
    f(t);
  }
}

}  // namespace tessera::cpu::reference
