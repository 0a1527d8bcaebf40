// Functions of one's own: of elements, of whole rows, of blocks with what lies around them.
#include <tessera/tessera.hpp>

#include <algorithm>
#include <cstdio>

namespace ts = tessera;

int main(int argc, char** argv) {
  ts::Session session(argc, argv);
  ts::Array t = ts::normal({365, 40, 60}, 10, 8, {.seed = 3, .chunks = {73, 40, 60}});  // days, places
  ts::Array floor_area = ts::uniform({40, 60}, 50, 150, {.seed = 4});

  // Of elements, as numba.vectorize has it: a part of the expression around it, computed in the same pass.
  const auto demand = [](double celsius, float area) { return celsius < 18 ? (18 - celsius) * area : 0; };
  ts::Array heating = ts::map(demand, {t, floor_area}, {.name = "heating demand"}).sum(0);

  // Of whole rows: the days of the longest frost at each place.
  const auto longest_frost = [](ts::BlockView<const double> days) {
    std::int64_t run = 0, longest = 0;
    for (std::int64_t i = 0; i < days.size(); i++) longest = std::max(longest, run = days[i] < 0 ? run + 1 : 0);
    return longest;
  };
  ts::Array frost = ts::apply_along_axis(longest_frost, 0, t, {.name = "longest frost"});

  // Of blocks with a day more on either side: days that are warmer than those before and after.
  const auto peaks = [](ts::BlockView<const double> seen, ts::BlockView<bool> out) {
    for (std::int64_t d = 0; d < out.extent(0); d++)
      for (std::int64_t i = 0; i < out.extent(1); i++)
        for (std::int64_t j = 0; j < out.extent(2); j++)
          out(d, i, j) = seen(d + 1, i, j) > std::max(seen(d, i, j), seen(d + 2, i, j));
  };
  ts::Array warm = ts::map_overlap(peaks, t, {1, 0, 0}, {.name = "warmer days", .boundary = {"nearest"}});

  const auto [most, days, share] = session.compute(heating.max(), frost.max(), ts::mean(warm));
  if (session.rank() == 0)
    std::printf("most heating %.0f, longest frost %lld days, %.0f %% of days are warmer\n", most.item<double>(),
                static_cast<long long>(days.item<std::int64_t>()), 100 * share.item<double>());
}
