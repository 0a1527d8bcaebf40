// Folds by labels on every target, against loops over the elements: rows of labels, of leaves that end where they like.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include <tessera/core/cpu/target.hpp>
#include <tessera/core/device/host_groups.hpp>

namespace tessera {
namespace {

enum class FoldOfLabels { counts, sums, counted_sums };

struct FoldByLabels {
  FoldOfLabels what;
  bool skips_nan = false;
  Fold fold() const {
    Fold f;
    f.combiner = what == FoldOfLabels::counted_sums ? Combiner::nan_sum : Combiner::sum;
    f.element = what == FoldOfLabels::counts ? DType::int64 : DType::float64;
    return f;
  }
};

// Two rows of values with labels from -1, and what fold_groups makes of them.
template <class Label, class Value>
struct DrawnLabels {
  std::int64_t n, groups, leaf;
  std::vector<Value> values;
  std::vector<Label> labels;

  explicit DrawnLabels(std::mt19937& random) {
    const auto below = [&](std::int64_t limit) { return static_cast<std::int64_t>(random()) % limit; };
    n = 1 + below(3000), leaf = 1 + below(2000), groups = 1 + below(below(4) == 0 ? 20000 : 300);
    for (std::int64_t i = 0; i < 2 * n; i++) {
      values.push_back(below(9) == 0 ? static_cast<Value>(NAN) : static_cast<Value>(below(2000) - 1000) / Value{7});
      labels.push_back(static_cast<Label>(below(groups + 1) - 1));
    }
  }
  std::int64_t leaves() const { return (n + leaf - 1) / leaf; }

  std::optional<WrongLabel> fold(const FoldByLabels& c, std::vector<double>& states) const {
    Grouping grouping;
    grouping.groups = groups, grouping.has_values = c.what != FoldOfLabels::counts, grouping.skips_nan = c.skips_nan;
    const auto input = [&]<class T>(const std::vector<T>& x) {
      constexpr std::int64_t item = sizeof(T);
      return GroupInput{{reinterpret_cast<const std::byte*>(x.data()), {n * item, item}}, dtype_of<T>};
    };
    std::vector<GroupInput> inputs{input(labels)};
    if (grouping.has_values) inputs.insert(inputs.begin(), input(values));
    states.resize(static_cast<std::size_t>(leaves() * c.fold().layout().bytes(groups)) / sizeof(double));
    return fold_groups(c.fold(), grouping, 0, groups, {}, {2, n}, 3, {2, leaf}, inputs,
                       reinterpret_cast<std::byte*>(states.data()));
  }

  // The states of one leaf, element by element.
  std::vector<double> expected(const FoldByLabels& c, std::int64_t number) const {
    std::vector<double> counts(static_cast<std::size_t>(groups)), sums(counts);
    for (std::int64_t row = 0; row < 2; row++)
      for (std::int64_t i = number * leaf; i < std::min(n, (number + 1) * leaf); i++) {
        const auto at = static_cast<std::size_t>(row * n + i);
        const auto v = static_cast<double>(values[at]);
        if (labels[at] < 0 || (c.skips_nan && std::isnan(v))) continue;
        counts[static_cast<std::size_t>(labels[at])] += 1, sums[static_cast<std::size_t>(labels[at])] += v;
      }
    if (c.what == FoldOfLabels::counted_sums) counts.insert(counts.end(), sums.begin(), sums.end());
    return c.what == FoldOfLabels::sums ? sums : counts;
  }
};

template <class Label, class Value>
void expect_folds_as_defined(std::mt19937& random, const FoldByLabels& c) {
  const DrawnLabels<Label, Value> drawn(random);
  std::vector<double> states;
  ASSERT_FALSE(drawn.fold(c, states));
  const double* found = states.data();
  for (std::int64_t number = 0; number < drawn.leaves(); number++)
    for (const double e : drawn.expected(c, number)) {
      std::int64_t count = 0;
      std::memcpy(&count, found, sizeof count);
      const double f = c.what == FoldOfLabels::counts ? static_cast<double>(count) : *found;
      ASSERT_TRUE(f == e || (std::isnan(f) && std::isnan(e))) << f << " instead of " << e;
      found++;
    }
}

template <class Label, class Value>
void expect_wrong_label_is_told(std::mt19937& random, const FoldByLabels& c) {
  DrawnLabels<Label, Value> drawn(random);
  const auto at = static_cast<std::int64_t>(random()) % (2 * drawn.n);
  const auto label = static_cast<Label>(random() % 2 ? drawn.groups : -2);
  drawn.labels[static_cast<std::size_t>(at)] = label;
  std::vector<double> states;
  const auto wrong = drawn.fold(c, states);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->at, (Dims{at / drawn.n, at % drawn.n}));
  EXPECT_EQ(wrong->label, label);
}

TEST(Groups, OfLabelsAreAsDefinedOnEveryTarget) {
  const cpu::Target before = cpu::target();
  for (const auto target : cpu::supported_targets()) {
    cpu::set_target(target);
    std::mt19937 random(7);
    for (int k = 0; k < 20; k++)
      for (const FoldByLabels& c :
           {FoldByLabels{FoldOfLabels::counts}, FoldByLabels{FoldOfLabels::sums},
            FoldByLabels{FoldOfLabels::counted_sums, false}, FoldByLabels{FoldOfLabels::counted_sums, true}}) {
        expect_folds_as_defined<std::int64_t, double>(random, c);
        expect_folds_as_defined<std::int32_t, double>(random, c);
        expect_folds_as_defined<std::int64_t, float>(random, c);
        expect_wrong_label_is_told<std::int64_t, double>(random, c);
        expect_wrong_label_is_told<std::int32_t, float>(random, c);
      }
  }
  cpu::set_target(before);
}

}  // namespace
}  // namespace tessera
