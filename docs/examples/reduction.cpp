// A reduction of one's own: the longest run of wet days, which needs more than a sum.
#include <tessera/tessera.hpp>

#include <algorithm>
#include <cstdio>

namespace ts = tessera;

struct Runs {  // of a stretch of days: the run that it begins with, the one that it ends with, the longest
  std::int64_t days = 0, first = 0, last = 0, longest = 0;
};

int main(int argc, char** argv) {
  ts::Session session(argc, argv);
  ts::Array rain = ts::uniform({3650, 40, 60}, 0, 10, {.seed = 5, .chunks = {365, 40, 60}});

  const auto chunk = [](std::span<const double> days) {  // consecutive days of one place
    Runs r;
    for (double millimetres : days) {
      r.last = millimetres > 2 ? r.last + 1 : 0;
      if (r.last == ++r.days) r.first = r.last;
      r.longest = std::max(r.longest, r.last);
    }
    return r;
  };
  const auto combine = [](const Runs& a, const Runs& b) {  // the days of b follow those of a
    return Runs{a.days + b.days, a.first == a.days ? a.days + b.first : a.first,
                b.last == b.days ? a.last + b.days : b.last, std::max({a.longest, b.longest, a.last + b.first})};
  };
  const auto aggregate = [](const Runs& r, std::int64_t) { return r.longest; };
  ts::Array longest =
      ts::reduction<double>(rain, chunk, combine, aggregate, {.axis = {0}, .name = "longest run above 2 mm"});

  const auto days = session.item<std::int64_t>(ts::max(longest));
  if (session.rank() == 0) std::printf("the longest wet spell anywhere: %lld days\n", static_cast<long long>(days));
}
