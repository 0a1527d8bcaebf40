#include <tessera/core/device/host_sort.hpp>

#include <algorithm>

#include <tessera/core/cpu/radix_sort.hpp>
#include <tessera/core/cpu/sort_elements.hpp>
#include <tessera/core/cpu/sort_keys.hpp>

namespace tessera {
namespace {

using cpu::visit_records;

// returns: false where nothing was done.
template <class T>
bool sort_by_vectors(cpu::ElementRecord<T>* records, cpu::ElementRecord<T>* scratch, std::int64_t n, bool descending) {
  auto* x = reinterpret_cast<T*>(records);
  if constexpr (sizeof(T) == 1) {
    cpu::sort_bytes(x, n, descending);
    return true;
  } else if constexpr (std::is_floating_point_v<T>) {
    cpu::sort_floats(x, reinterpret_cast<T*>(scratch), n, descending);
    return true;
  } else if constexpr (std::is_integral_v<T>) {
    cpu::vector_sort(x, n, descending);
    return true;
  }
  return false;
}
bool sort_by_vectors(cpu::IndexRecord<std::uint64_t>* records, cpu::IndexRecord<std::uint64_t>*, std::int64_t n, bool) {
  cpu::vector_sort(reinterpret_cast<cpu::IndexedKey*>(records), n);
  return true;
}
bool sort_by_vectors(cpu::IndexRecord<WideKey>*, cpu::IndexRecord<WideKey>*, std::int64_t, bool) { return false; }

}  // namespace

void sort_load(const Sort& sort, const std::byte* elements, std::int64_t stride, std::int64_t n, std::int64_t index,
               std::byte* records) {
  cpu::visit_loads(sort, [&]<class Element, class Record>(Element, Record) {
    const auto flip = cpu::flip_of<typename cpu::KeyOf<Element>::Key>(sort);
    auto* to = reinterpret_cast<Record*>(records);
    const auto load = [&](std::int64_t step) {
      for (std::int64_t i = 0; i < n; i++) {
        Element x;
        std::memcpy(&x, elements + i * step, sizeof x);
        cpu::make_record(to[i], x, flip, index + i);
      }
    };
    if (stride == static_cast<std::int64_t>(sizeof(Element)))
      load(sizeof(Element));
    else
      load(stride);
  });
}

void sort_records(const Sort& sort, std::byte* records, std::byte* scratch, std::int64_t n) {
  visit_records(sort, [&]<class Record>(Record) {
    auto *from = reinterpret_cast<Record*>(records), *beside = reinterpret_cast<Record*>(scratch);
    if (n >= cpu::worth_vectors && sort_by_vectors(from, beside, n, sort.descending)) return;
    cpu::RadixSort<Record>(cpu::flip_of<typename Record::Key>(sort)).run(from, beside, n, true);
  });
}

void sort_store(const Sort& sort, const std::byte* records, std::int64_t n, std::byte* to, std::int64_t stride) {
  visit_records(sort, [&]<class Record>(Record) {
    const auto* from = reinterpret_cast<const Record*>(records);
    for (std::int64_t i = 0; i < n; i++) {
      const auto x = from[i].result();
      std::memcpy(to + i * stride, &x, sizeof x);
    }
  });
}

std::int64_t sort_merge_cut(const Sort& sort, const std::byte* a, std::int64_t na, const std::byte* b, std::int64_t nb,
                            std::int64_t n) {
  std::int64_t low = std::max<std::int64_t>(0, n - nb), high = std::min(na, n);
  visit_records(sort, [&]<class Record>(Record) {
    const auto flip = cpu::flip_of<typename Record::Key>(sort);
    const auto *x = reinterpret_cast<const Record*>(a), *y = reinterpret_cast<const Record*>(b);
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;  // record `middle` of a against the last that b would give
      if (y[n - middle - 1].key(flip) < x[middle].key(flip))
        high = middle;
      else
        low = middle + 1;
    }
  });
  return low;
}

void sort_merge(const Sort& sort, const std::byte* a, std::int64_t na, const std::byte* b, std::int64_t nb,
                std::byte* to) {
  visit_records(sort, [&]<class Record>(Record) {
    const auto flip = cpu::flip_of<typename Record::Key>(sort);
    const auto *x = reinterpret_cast<const Record*>(a), *y = reinterpret_cast<const Record*>(b);
    auto* out = reinterpret_cast<Record*>(to);
    const auto *end = x + na, *last = y + nb;
    while (x < end && y < last) {
      const bool first = x->key(flip) <= y->key(flip);
      *out++ = *(first ? x : y);
      x += first, y += !first;
    }
    out = std::copy(x, end, out);
    std::copy(y, last, out);
  });
}

}  // namespace tessera
