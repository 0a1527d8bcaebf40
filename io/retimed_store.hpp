#pragma once
// Times of one file in the units of another, so that both can be one array: "days since 2000-02-01" read as hours since
// 1900. Whole numbers that stay whole are int64, everything else is float64.
#include <functional>
#include <memory>
#include <vector>

#include <tessera/core/serialize.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/time_units.hpp>

namespace tessera::io {

struct Retiming {
  DType to = DType::int64;  ///< or float64
  TimeConversion convert{};
  double scale = 1, offset = 0;  ///< of packed numbers, which are float64 then
  std::vector<double> fills{};   ///< stand for missing times, and stay as they are, or
  bool fills_are_nan = false;    ///< become NaN: the parts have fill values of their own
};
/// Of the parts that have been described by `infos` as numbers in the units of the first. Empty: they are that already.
/// open: a part by its number, whose values are looked at where its calendar is the first one's from 1582-10-15 on.
/// throws UsageError naming the part, and why its times can't be told in those units.
std::vector<Retiming> retimings(const std::vector<StoreInfo>& infos,
                                const std::function<std::shared_ptr<const Store>(std::size_t)>& open);
/// `info` of the first part as that of all of them.
void retime(StoreInfo& info, const Retiming& how);

void put_retiming(Writer& w, const Retiming& r);
Retiming get_retiming(Reader& r);
/// times: real numbers.
std::shared_ptr<const Store> make_retimed_store(std::shared_ptr<const Store> times, Retiming how);

}  // namespace tessera::io
