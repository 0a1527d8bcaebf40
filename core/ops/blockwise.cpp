#include <algorithm>
#include <cctype>

#include <tessera/core/ops/chunk_call_builder.hpp>
#include <tessera/core/ops/map_blocks.hpp>

namespace tessera {
namespace {

[[noreturn]] void refuse_indices(const std::string& indices, const std::string& why) {
  throw ValueError("blockwise: '" + indices + "': " + why);
}

std::vector<int> labels_of(const std::string& indices, const std::string& part) {
  std::vector<int> labels;
  for (const char c : part) {
    if (!std::isalpha(static_cast<unsigned char>(c)))
      refuse_indices(indices, "indices are letters, as in \"ij,jk->ik\"");
    if (std::find(labels.begin(), labels.end(), c) != labels.end())
      refuse_indices(indices, std::string("index '") + c + "' stands twice in '" + part + "'");
    labels.push_back(c);
  }
  return labels;
}

LabeledAxes axes_of(const std::string& indices) {
  std::string text;
  std::copy_if(indices.begin(), indices.end(), std::back_inserter(text), [](char c) { return c != ' '; });
  const auto arrow = text.find("->");
  if (arrow == std::string::npos) refuse_indices(indices, "there is no '->'");
  LabeledAxes axes;
  axes.result = labels_of(indices, text.substr(arrow + 2));
  const std::string left = text.substr(0, arrow);
  for (std::size_t begin = 0; begin <= left.size();) {
    const std::size_t end = std::min(left.find(',', begin), left.size());
    axes.inputs.push_back(labels_of(indices, left.substr(begin, end - begin)));
    begin = end + 1;
  }
  return axes;
}

}  // namespace

Array blockwise_of_user(ChunkFunction function, const std::string& indices, const std::vector<Array>& x,
                        const BlockwiseOptions& options) {
  function.name = options.name, function.version = options.version;
  check_call("blockwise", function, x.size());
  LabeledAxes axes = axes_of(indices);
  if (axes.inputs.size() != x.size())
    refuse_indices(
        indices, "indices of " + std::to_string(axes.inputs.size()) + " arrays, there are " + std::to_string(x.size()));
  std::string known;
  for (std::size_t k = 0; k < x.size(); k++) {
    if (static_cast<int>(axes.inputs[k].size()) != x[k].rank())
      throw ShapeError("blockwise: '" + indices + "': input " + std::to_string(k) + " has shape " +
                       to_string(x[k].shape()));
    for (const int label : axes.inputs[k]) known += static_cast<char>(label);
  }
  std::map<int, std::int64_t> sizes;
  for (const int label : axes.result) {
    const char c = static_cast<char>(label);
    if (known.find(c) != std::string::npos) continue;
    const auto size = options.sizes.find(c);
    if (size == options.sizes.end() || size->second < 0)
      refuse_indices(indices, std::string("no input has the index '") + c + "': give its length in 'sizes'");
    sizes[label] = size->second;
  }
  const std::vector<Array> arguments = arguments_of(function, x);
  ChunkCallBuilder builder("blockwise '" + options.name + "'", std::move(function), arguments, std::move(axes), sizes);
  builder.see_whole(true);
  return builder.build(builder.result_chunks());
}

}  // namespace tessera
