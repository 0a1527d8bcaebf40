#include <tessera/core/kernel/user_function.hpp>

namespace tessera {

void add(Key& key, const UserFunction& f) {
  key.add(f.name).add(f.version).add(f.result).add(f.cost).add(f.cuda).add(f.parameters.size());
  for (const DType p : f.parameters) key.add(p);
}

}  // namespace tessera
