#include <tessera/core/cpu/vector_sort.hpp>

#include <hwy/contrib/sort/vqsort.h>

namespace tessera::cpu {
namespace {

template <class T>
void sort_with(T* x, std::int64_t n, bool descending) {
  const hwy::Sorter sorter;
  if (descending)
    sorter(x, static_cast<std::size_t>(n), hwy::SortDescending());
  else
    sorter(x, static_cast<std::size_t>(n), hwy::SortAscending());
}

}  // namespace

void vector_sort(std::uint16_t* x, std::int64_t n, bool descending) { sort_with(x, n, descending); }
void vector_sort(std::int16_t* x, std::int64_t n, bool descending) { sort_with(x, n, descending); }
void vector_sort(std::uint32_t* x, std::int64_t n, bool descending) { sort_with(x, n, descending); }
void vector_sort(std::int32_t* x, std::int64_t n, bool descending) { sort_with(x, n, descending); }
void vector_sort(std::uint64_t* x, std::int64_t n, bool descending) { sort_with(x, n, descending); }
void vector_sort(std::int64_t* x, std::int64_t n, bool descending) { sort_with(x, n, descending); }

void vector_sort(IndexedKey* x, std::int64_t n) { sort_with(reinterpret_cast<hwy::uint128_t*>(x), n, false); }

}  // namespace tessera::cpu
