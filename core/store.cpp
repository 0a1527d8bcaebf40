#include <tessera/core/store.hpp>

namespace tessera {
Store::~Store() = default;
StoreWriter::~StoreWriter() = default;
}  // namespace tessera
