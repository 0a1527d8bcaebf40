#include <tessera/core/ops/gufunc.hpp>

#include <algorithm>
#include <cctype>
#include <numeric>

#include <tessera/core/ops/chunk_call_builder.hpp>

namespace tessera {
namespace {

/// Axes of loops before the core axes.
struct Loops {
  std::vector<int> inputs;  ///< how many core axes each input has
  int result = 0;           ///< and the result
  int core_axis = -1;       ///< of the result, where its only core axis is not the last
};

/// Calls f for each index of the loop axes: those of the inputs are the last ones of the result's.
void for_each_core(const ChunkFunction& f, const Loops& loops, std::span<const BlockMemory> inputs, BlockMemory to,
                   const BlockPlace& place) {
  if (loops.core_axis >= 0)
    for (Dims* dims : {&to.shape, &to.strides}) {
      const std::int64_t core = (*dims)[loops.core_axis];
      dims->erase(loops.core_axis);
      dims->push_back(core);
    }
  const int count = to.shape.size() - loops.result;
  const auto core_of = [](const BlockMemory& m, int first) {
    BlockMemory core{m.data};
    for (int i = first; i < m.shape.size(); i++) core.shape.push_back(m.shape[i]), core.strides.push_back(m.strides[i]);
    return core;
  };
  std::vector<BlockMemory> cores;
  for (std::size_t k = 0; k < inputs.size(); k++)
    cores.push_back(core_of(inputs[k], inputs[k].shape.size() - loops.inputs[k]));
  BlockMemory result = core_of(to, count);
  Dims extent;
  for (int i = 0; i < count; i++) extent.push_back(to.shape[i]);
  for_each_index(extent, [&](const Dims& at) {
    for (std::size_t k = 0; k < inputs.size(); k++) {
      const int own = inputs[k].shape.size() - loops.inputs[k];
      cores[k].data = inputs[k].data;
      for (int j = 0; j < own; j++) cores[k].data += at[count - own + j] * inputs[k].strides[j];
    }
    result.data = to.data;
    for (int i = 0; i < count; i++) result.data += at[i] * to.strides[i];
    f.apply(cores, result, place);
  });
}

ChunkFunction over_loops(ChunkFunction core, Loops loops) {
  ChunkFunction all = core;
  all.apply = [core = std::move(core), loops = std::move(loops)](std::span<const BlockMemory> inputs,
                                                                 const BlockMemory& to, const BlockPlace& place) {
    for_each_core(core, loops, inputs, to, place);
  };
  return all;
}

/// "(i,j),(j)->(i)": the names of the core axes of each input, and of the result.
class CoreNames {
 public:
  explicit CoreNames(const std::string& signature) : signature_(signature) {
    for (const char c : signature)
      if (c != ' ') text_ += c;
    inputs_ = list();
    if (text_.compare(at_, 2, "->") != 0) refuse("there is no '->'");
    at_ += 2;
    const auto results = list();
    if (at_ != text_.size()) refuse("what is '" + text_.substr(at_) + "'?");
    if (results.size() != 1) refuse("there may be one result");
    result_ = results[0];
  }
  const std::vector<std::vector<std::string>>& inputs() const { return inputs_; }
  const std::vector<std::string>& result() const { return result_; }
  [[noreturn]] void refuse(const std::string& why) const {
    throw ValueError("apply_gufunc: '" + signature_ + "' is no signature like \"(i,j),(j)->(i)\": " + why);
  }

 private:
  bool next(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }
  std::vector<std::vector<std::string>> list() {
    std::vector<std::vector<std::string>> all;
    do {
      all.push_back(axes());
    } while (next(','));
    return all;
  }
  std::vector<std::string> axes() {
    if (!next('(')) refuse("a '(' is missing");
    std::vector<std::string> names;
    if (next(')')) return names;
    do {
      std::string name;
      while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_'))
        name += text_[at_++];
      if (name.empty()) refuse("a core axis has no name");
      if (std::find(names.begin(), names.end(), name) != names.end()) refuse("'" + name + "' stands twice");
      names.push_back(name);
    } while (next(','));
    if (!next(')')) refuse("a ')' is missing");
    return names;
  }

  std::string signature_, text_;
  std::size_t at_ = 0;
  std::vector<std::vector<std::string>> inputs_;
  std::vector<std::string> result_;
};

/// Labels: loop axes are counted from the last one, -1, -2; core axes from 0.
class CoreLabels {
 public:
  int operator()(const std::string& name) {
    return labels_.emplace(name, static_cast<int>(labels_.size())).first->second;
  }
  bool knows(const std::string& name) const { return labels_.count(name) > 0; }
  std::vector<int> all() const {
    std::vector<int> labels(labels_.size());
    std::iota(labels.begin(), labels.end(), 0);
    return labels;
  }

 private:
  std::map<std::string, int> labels_;
};

}  // namespace

Array gufunc_of_user(ChunkFunction function, bool returns, const std::string& signature, const std::vector<Array>& x,
                     const GufuncOptions& options) {
  function.name = options.name, function.version = options.version;
  check_call("apply_gufunc", function, x.size());
  const std::string operation = "apply_gufunc '" + options.name + "'";
  const CoreNames names(signature);
  if (names.inputs().size() != x.size())
    names.refuse(std::to_string(names.inputs().size()) + " inputs, there are " + std::to_string(x.size()) + " arrays");
  if (returns && !names.result().empty())
    throw ValueError(operation + ": '" + signature +
                     "' makes more than the number that the function returns: it should write to a view");
  CoreLabels core;
  LabeledAxes axes;
  Loops loops;
  int most_loops = 0;
  for (std::size_t k = 0; k < x.size(); k++) {
    const auto& own = names.inputs()[k];
    const int outer = x[k].rank() - static_cast<int>(own.size());
    if (outer < 0)
      throw ShapeError(operation + ": input " + std::to_string(k) + " has shape " + to_string(x[k].shape()) + ", '" +
                       signature + "' wants " + std::to_string(own.size()) + " core axes of it");
    most_loops = std::max(most_loops, outer);
    std::vector<int> labels;
    for (int i = 0; i < outer; i++) labels.push_back(i - outer);
    for (const auto& name : own) labels.push_back(core(name));
    axes.inputs.push_back(std::move(labels));
    loops.inputs.push_back(static_cast<int>(own.size()));
  }
  for (int i = 0; i < most_loops; i++) axes.result.push_back(i - most_loops);
  std::map<int, std::int64_t> sizes;
  for (const auto& name : names.result()) {
    const auto size = options.sizes.find(name);
    if (!core.knows(name) && (size == options.sizes.end() || size->second < 0))
      throw ValueError(operation + ": no input has the core axis '" + name + "': give its length in 'sizes'");
    if (!core.knows(name)) sizes[core(name)] = size->second;
    axes.result.push_back(core(name));
  }
  loops.result = static_cast<int>(names.result().size());
  const std::vector<Array> arguments = arguments_of(function, x);
  ChunkCallBuilder builder(operation, over_loops(std::move(function), std::move(loops)), arguments, std::move(axes),
                           sizes, core.all());
  builder.see_whole(false);
  return builder.build(builder.result_chunks());
}

Array along_axis_of_user(ChunkFunction function, bool makes_row, std::int64_t axis, const Array& x,
                         const AlongAxisOptions& options) {
  function.name = options.name, function.version = options.version;
  check_call("apply_along_axis", function, 1);
  const std::string operation = "apply_along_axis '" + options.name + "'";
  const int rank = x.rank(), along = normalize_axis(axis, rank, operation.c_str());
  if (options.length < -1) throw ValueError(operation + ": a length of " + std::to_string(options.length));
  const int row = rank;  // label of what is made along the axis
  // The view of the input has the axis behind the loops.
  LabeledAxes axes;
  axes.domain.resize(static_cast<std::size_t>(rank));
  std::iota(axes.domain.begin(), axes.domain.end(), 0);
  axes.result = axes.domain;
  axes.inputs = {axes.domain};
  if (makes_row)
    axes.result[static_cast<std::size_t>(along)] = row;
  else
    axes.result.erase(axes.result.begin() + along);
  const Array argument = arguments_of(function, {x})[0];
  const std::map<int, std::int64_t> sizes{{row, options.length < 0 ? x.shape()[along] : options.length}};
  ChunkCallBuilder builder(operation, over_loops(std::move(function), {{1}, makes_row ? 1 : 0, makes_row ? along : -1}),
                           {argument}, std::move(axes), sizes, {along});
  builder.see_whole(false);
  Dims& seen = builder.call().seen[0];
  seen.erase(along);
  seen.push_back(along);
  return builder.build(builder.result_chunks());
}

}  // namespace tessera
