// Subscripts become lists of labels, one for each axis. Each operand loses what it has alone (diagonals, sums over labels
// that nobody else has); then two at a time are multiplied: labels of both that somebody still wants are a stack, others of
// both are summed over, those of one are rows or columns.
#include <tessera/core/ops/einsum.hpp>

#include <algorithm>
#include <map>
#include <optional>

#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/multiply.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

using Labels =
    std::vector<int>;  // a letter's code, or a number below 0 for an axis of "...", counted from the last one

bool has_label(const Labels& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

[[noreturn]] void refuse_subscripts(const std::string& subscripts, const std::string& why) {
  throw UsageError("einsum: '" + subscripts + "': " + why);
}

struct Term {
  Array array;
  Labels labels;
};

class Subscripts {
 public:
  Subscripts(const std::string& text, const std::vector<Array>& operands) : text_(text) {
    std::string left;
    for (const char c : text)
      if (c != ' ') left += c;
    const auto arrow = left.find("->");
    std::optional<std::string> right;
    if (arrow != std::string::npos) right = left.substr(arrow + 2), left.resize(arrow);
    std::vector<std::string> parts(1);
    for (const char c : left) {
      if (c == ',')
        parts.emplace_back();
      else
        parts.back() += c;
    }
    if (parts.size() != operands.size())
      refuse_subscripts(text, std::to_string(parts.size()) + " operands in the subscripts, " +
                                  std::to_string(operands.size()) + " arrays");
    for (std::size_t k = 0; k < parts.size(); k++) inputs_.push_back(labels_of(parts[k], operands[k], k));
    right ? read_output(*right) : infer_output();
  }
  const std::vector<Labels>& inputs() const { return inputs_; }
  const Labels& output() const { return output_; }

 private:
  // The letters of a part; where its "..." is, if it has one.
  Labels letters(const std::string& part, std::optional<std::size_t>& ellipsis) const {
    Labels labels;
    for (std::size_t i = 0; i < part.size(); i++) {
      if (part.compare(i, 3, "...") == 0) {
        if (ellipsis) refuse_subscripts(text_, "'" + part + "' has '...' twice");
        ellipsis = labels.size();
        i += 2;
        continue;
      }
      const char c = part[i];
      if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
        refuse_subscripts(text_, std::string("'") + c + "' is no letter; subscripts are letters, ',', '->' and '...'");
      labels.push_back(c);
    }
    return labels;
  }

  Labels labels_of(const std::string& part, const Array& x, std::size_t number) {
    std::optional<std::size_t> ellipsis;
    Labels labels = letters(part, ellipsis);
    const auto rank = static_cast<std::size_t>(x.rank());
    if (ellipsis ? labels.size() > rank : labels.size() != rank)
      refuse_subscripts(text_, "'" + part + "' names " + std::to_string(labels.size()) + " axes of operand " +
                                   std::to_string(number) + ", which has " + std::to_string(rank) + ": " +
                                   to_string(x.shape()));
    if (!ellipsis) return labels;
    const int more = static_cast<int>(rank - labels.size());
    widest_ = std::max(widest_, more);
    Labels between;
    for (int i = more; i > 0; i--) between.push_back(-i);
    labels.insert(labels.begin() + static_cast<std::ptrdiff_t>(*ellipsis), between.begin(), between.end());
    return labels;
  }

  Labels broadcast_labels() const {
    Labels labels;
    for (int i = widest_; i > 0; i--) labels.push_back(-i);
    return labels;
  }

  void read_output(const std::string& part) {
    std::optional<std::size_t> ellipsis;
    output_ = letters(part, ellipsis);
    for (std::size_t i = 0; i < output_.size(); i++) {
      const std::string letter(1, static_cast<char>(output_[i]));
      if (std::count(output_.begin(), output_.end(), output_[i]) > 1)
        refuse_subscripts(text_, "the result has '" + letter + "' twice");
      if (std::none_of(inputs_.begin(), inputs_.end(), [&](const Labels& l) { return has_label(l, output_[i]); }))
        refuse_subscripts(text_, "no operand has '" + letter + "', which the result shall have");
    }
    const Labels more = broadcast_labels();
    if (ellipsis)
      output_.insert(output_.begin() + static_cast<std::ptrdiff_t>(*ellipsis), more.begin(), more.end());
    else if (!more.empty())
      refuse_subscripts(text_, "the result lacks the '...' that operands have");
  }

  void infer_output() {
    output_ = broadcast_labels();
    std::map<int, int> times;
    for (const Labels& l : inputs_)
      for (const int label : l)
        if (label > 0) times[label]++;
    for (const auto& [label, n] : times)
      if (n == 1) output_.push_back(label);
  }

  const std::string& text_;
  std::vector<Labels> inputs_;
  Labels output_;
  int widest_ = 0;
};

class Summation {
 public:
  Summation(const std::string& text, const std::vector<Array>& operands) : subscripts_(text, operands) {
    DType type = operands[0].dtype();
    for (const Array& x : operands) type = promote(type, x.dtype());
    for (std::size_t k = 0; k < operands.size(); k++)
      terms_.push_back({astype(operands[k], type), subscripts_.inputs()[k]});
    for (const Term& t : terms_) find_lengths(text, t);
    for (Term& t : terms_) take_diagonals(t);
  }

  Array run() {
    for (std::size_t k = 0; k < terms_.size(); k++) sum_alone(terms_[k], k, k);
    while (terms_.size() > 1) {
      const auto [a, b] = next_pair();
      Term product = multiplied(terms_[a], terms_[b], wanted_beside(a, b));
      terms_.erase(terms_.begin() + static_cast<std::ptrdiff_t>(b));
      terms_[a] = std::move(product);
    }
    return in_order(terms_[0], subscripts_.output());
  }

 private:
  void find_lengths(const std::string& text, const Term& t) {
    for (std::size_t i = 0; i < t.labels.size(); i++) {
      const std::int64_t n = t.array.shape()[static_cast<int>(i)];
      std::int64_t& length = lengths_.emplace(t.labels[i], n).first->second;
      if (length == 1) length = n;
      if (n != length && n != 1)
        throw ShapeError(
            "einsum: '" + text +
            "': " + (t.labels[i] > 0 ? std::string("'") + static_cast<char>(t.labels[i]) + "'" : "an axis of '...'") +
            " is " + std::to_string(length) + " long and " + std::to_string(n));
    }
  }

  void take_diagonals(Term& t) const {
    for (std::size_t i = 0; i < t.labels.size();) {
      const auto twice = std::find(t.labels.begin() + static_cast<std::ptrdiff_t>(i) + 1, t.labels.end(), t.labels[i]);
      if (twice == t.labels.end()) {
        i++;
        continue;
      }
      const auto j = static_cast<std::size_t>(twice - t.labels.begin());
      const std::int64_t n = t.array.shape()[static_cast<int>(i)], m = t.array.shape()[static_cast<int>(j)];
      if (n != m) {  // one of them is 1 long, for all
        Shape all = t.array.shape();
        all[static_cast<int>(n == 1 ? i : j)] = std::max(n, m);
        t.array = broadcast_to(t.array, all);
      }
      const int label = t.labels[i];
      t.array = diagonal(t.array, 0, static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
      t.labels.erase(t.labels.begin() + static_cast<std::ptrdiff_t>(j));
      t.labels.erase(t.labels.begin() + static_cast<std::ptrdiff_t>(i));
      t.labels.push_back(label);
    }
  }

  bool is_wanted(int label, std::size_t a, std::size_t b) const {
    if (has_label(subscripts_.output(), label)) return true;
    for (std::size_t k = 0; k < terms_.size(); k++)
      if (k != a && k != b && has_label(terms_[k].labels, label)) return true;
    return false;
  }
  Labels wanted_beside(std::size_t a, std::size_t b) const {
    Labels wanted;
    for (const auto& [label, n] : lengths_)
      if (is_wanted(label, a, b)) wanted.push_back(label);
    return wanted;
  }

  // Labels that nobody else has are summed over before anything is multiplied. One that is only 1 long here stands for
  // every index of its length.
  void sum_alone(Term& t, std::size_t a, std::size_t b) const {
    std::vector<std::int64_t> axes;
    Labels rest;
    for (std::size_t i = 0; i < t.labels.size(); i++) {
      if (is_wanted(t.labels[i], a, b))
        rest.push_back(t.labels[i]);
      else
        axes.push_back(static_cast<std::int64_t>(i));
    }
    if (axes.empty()) return;
    t.array = products::sum_along(t.array, axes);
    t.labels = rest;
  }

  // The elements of the products of a pair, and those that stay of them.
  double size_of(const Labels& labels) const {
    double n = 1;
    for (const int label : labels) n *= static_cast<double>(lengths_.at(label));
    return n;
  }
  static Labels together(const Labels& a, const Labels& b) {
    Labels all = a;
    for (const int label : b)
      if (!has_label(all, label)) all.push_back(label);
    return all;
  }

  struct Path {
    double cost;
    std::size_t a, b;  // the first pair
  };
  // The cheapest path of these terms, by trying all.
  Path cheapest(const std::vector<Labels>& terms) const {
    Path best{-1, 0, 1};
    for (std::size_t a = 0; a < terms.size(); a++)
      for (std::size_t b = a + 1; b < terms.size(); b++) {
        const Labels all = together(terms[a], terms[b]);
        std::vector<Labels> rest;
        for (std::size_t k = 0; k < terms.size(); k++)
          if (k != a && k != b) rest.push_back(terms[k]);
        Labels stay;
        for (const int label : all)
          if (has_label(subscripts_.output(), label) ||
              std::any_of(rest.begin(), rest.end(), [&](const Labels& l) { return has_label(l, label); }))
            stay.push_back(label);
        double cost = size_of(all);
        rest.push_back(std::move(stay));
        if (rest.size() > 1 && rest.size() < most_tried) cost += cheapest(rest).cost;
        if (best.cost < 0 || cost < best.cost) best = {cost, a, b};
      }
    return best;
  }
  std::pair<std::size_t, std::size_t> next_pair() const {
    std::vector<Labels> labels;
    for (const Term& t : terms_) labels.push_back(t.labels);
    const Path path = cheapest(labels);
    return {path.a, path.b};
  }

  static Array permuted(const Term& t, const Labels& order) {
    Dims axes;
    for (const int label : order) axes.push_back(std::find(t.labels.begin(), t.labels.end(), label) - t.labels.begin());
    return permute_dims(t.array, axes);
  }

  Shape lengths_of(const Labels& labels) const {
    Shape shape;
    for (const int label : labels) shape.push_back(lengths_.at(label));
    return shape;
  }

  // The term with the labels of the stack as they are, and its rows and what is summed as one axis each.
  Array as_matrices(const Term& t, const Labels& stack, const Labels& first, const Labels& second) const {
    Labels order = stack;
    order.insert(order.end(), first.begin(), first.end());
    order.insert(order.end(), second.begin(), second.end());
    const Array x = permuted(t, order);
    Shape whole, shape;
    for (std::size_t i = 0; i < stack.size(); i++) whole.push_back(x.shape()[static_cast<int>(i)]), shape = whole;
    for (const Labels* side : {&first, &second}) {
      std::int64_t n = 1;
      for (const auto e : lengths_of(*side)) whole.push_back(e), n = checked_multiply(n, e);
      shape.push_back(n);
    }
    return reshape(broadcast_to(x, whole), shape);
  }

  Term multiplied(const Term& a, const Term& b, const Labels& wanted) const {
    Labels stack, summed, rows, columns;
    for (const int label : a.labels)
      (has_label(b.labels, label) ? has_label(wanted, label) ? stack : summed : rows).push_back(label);
    for (const int label : b.labels)
      if (!has_label(a.labels, label)) columns.push_back(label);
    Labels labels = stack;
    labels.insert(labels.end(), rows.begin(), rows.end());
    labels.insert(labels.end(), columns.begin(), columns.end());
    if (summed.empty()) return {aligned(a, labels) * aligned(b, labels), labels};
    const Array c =
        products::multiply(as_matrices(a, stack, rows, summed), as_matrices(b, stack, summed, columns), "einsum");
    Shape shape;
    for (std::size_t i = 0; i < stack.size(); i++) shape.push_back(c.shape()[static_cast<int>(i)]);
    for (const auto e : lengths_of(rows)) shape.push_back(e);
    for (const auto e : lengths_of(columns)) shape.push_back(e);
    return {reshape(c, shape), labels};
  }

  // The axes in the order of `labels`, of length 1 where the term lacks one.
  static Array aligned(const Term& t, const Labels& labels) {
    Labels own;
    for (const int label : labels)
      if (has_label(t.labels, label)) own.push_back(label);
    Array x = permuted(t, own);
    for (std::size_t i = 0; i < labels.size(); i++)
      if (!has_label(t.labels, labels[i])) x = expand_dims(x, static_cast<std::int64_t>(i));
    return x;
  }

  Array in_order(const Term& t, const Labels& output) const {
    return broadcast_to(permuted(t, output), lengths_of(output));
  }

  static constexpr std::size_t most_tried = 6;
  Subscripts subscripts_;
  std::vector<Term> terms_;
  std::map<int, std::int64_t> lengths_;
};

}  // namespace

Array einsum(const std::string& subscripts, const std::vector<Array>& operands) {
  if (operands.empty()) throw UsageError("einsum: there are no operands");
  return Summation(subscripts, operands).run();
}

}  // namespace tessera
