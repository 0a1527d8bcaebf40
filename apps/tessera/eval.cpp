#include "eval.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "../language/evaluator.hpp"
#include "json_values.hpp"
#include "launch.hpp"
#include "output.hpp"
#include "run.hpp"
#include "shown.hpp"
#include "target.hpp"

namespace tessera::command {
namespace {

using language::Value;

Array output_array(const std::string& name, const language::Names& assigned, const language::Names& inputs) {
  const auto find = [&](const language::Names& names) { return names.contains(name) ? &names.at(name) : nullptr; };
  const Value* value = find(assigned);
  if (value == nullptr) value = find(inputs);
  if (value == nullptr) {
    std::string known;
    for (const auto& [n, v] : assigned) known += (known.empty() ? "" : ", ") + n;
    throw UsageError("-o " + name + "=...: no statement assigns '" + name + "'; " +
                     (known.empty() ? "write " + name + " = EXPRESSION" : "the names are " + known));
  }
  if (const auto* x = value->get<Array>()) return *x;
  if (const auto* s = value->get<Scalar>()) return full({}, *s);
  throw UsageError("-o " + name + "=...: " + name + " is " + kind_name(*value) + "; arrays and numbers can be written");
}

/// Everything of one call: what is shown and what is written.
struct Work {
  std::vector<Shown> shown;
  std::vector<std::string> warnings;
  std::vector<Sink> sinks;        // of the outputs, then of what is shown
  std::optional<Array> wanted{};  // what is to be counted before the statements have their shapes
};

/// What a byte of statements may take while they are parsed: "+1" is two tokens, two nodes of the syntax tree and their
/// values, measured 350 together. What they make is counted by language::Room.
constexpr std::int64_t bytes_per_character = 200;
/// Statements shorter than this take less than the process itself.
constexpr std::size_t short_statements = 10000;

void check_size(std::string_view statements, std::int64_t memory) {
  if (statements.size() < short_statements) return;
  const std::int64_t needed = resident_bytes() + static_cast<std::int64_t>(statements.size()) * bytes_per_character;
  if (needed > memory)
    throw MemoryBudgetError(fmt::format("{} of statements may take {}; the budget is {}: use --memory {}M or more",
                                        format_size(static_cast<std::int64_t>(statements.size())), format_size(needed),
                                        format_size(memory), ceil_div(needed, 1 << 20) + 1));
}

/// What is shown is computed and printed: measured 1900 a result.
void check_results(std::int64_t shown, std::int64_t memory) {
  constexpr std::int64_t few_results = 100, bytes_per_result = 2200;
  const std::int64_t room = std::max<std::int64_t>(0, memory - resident_bytes());
  if (shown > few_results && shown > room / bytes_per_result)
    throw MemoryBudgetError(
        fmt::format("showing {} results may take {}; of the budget of {} {} are left: use a larger "
                    "--memory, or write them to a file",
                    shown, format_size(shown * bytes_per_result), format_size(memory), format_size(room)));
}

Work make_work(const EvalOptions& options, const language::SourceText& source, const language::Names& inputs,
               std::int64_t memory, const language::MaskCounts& counts) {
  const auto message =
      8 * static_cast<std::int64_t>(source.text().size());  // an error that shows the place copies the text
  const language::Evaluation evaluation = language::evaluate(source, inputs, memory - message, counts);
  Work work;
  work.wanted = evaluation.wanted;
  if (work.wanted) return work;
  work.warnings = evaluation.warnings;
  for (const auto& output : options.outputs)
    work.sinks.push_back(
        target_sink(options.target, output.name, output.where, output_array(output.name, evaluation.names, inputs)));
  std::int64_t results = 0;
  for (const auto& printed : evaluation.printed) results += leaves(printed.value);
  check_results(results, memory);
  for (const auto& printed : evaluation.printed)
    for (auto& shown : shown_values(printed.text, printed.value)) work.shown.push_back(std::move(shown));
  if (work.shown.empty() && work.sinks.empty())
    throw UsageError("nothing to print or write: end with an expression, or name a target by -o NAME=TARGET");
  for (const auto& shown : work.shown) work.sinks.insert(work.sinks.end(), shown.sinks().begin(), shown.sinks().end());
  return work;
}

std::string text_of(const Work& work) {
  std::string text;
  for (const auto& shown : work.shown) text += shown.text() + "\n";
  return text;
}

nlohmann::ordered_json json_of(const EvalOptions& options, const Work& work) {
  nlohmann::ordered_json j;
  j["results"] = nlohmann::ordered_json::array();
  for (const auto& shown : work.shown) j["results"].push_back(shown.json());
  j["outputs"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < options.outputs.size(); i++) {
    const Array& x = work.sinks[i].array;
    j["outputs"].push_back({{"name", options.outputs[i].name},
                            {"target", options.outputs[i].where},
                            {"shape", json_dims(x.shape())},
                            {"dtype", to_string(x.dtype())}});
  }
  return j;
}

}  // namespace

void run_eval(const EvalOptions& options, std::unique_ptr<Communicator> ranks) {
  std::string text = options.statements;
  if (!options.statements_file.empty()) text = read_text(*ranks, options.statements_file);
  Run run(options.run, std::move(ranks));
  language::Names inputs;
  for (const auto& input : options.inputs) inputs.emplace(input.name, Value{run.open(input.where, input.name)});
  const language::SourceText source(std::move(text));
  Work work;
  // A mask that the statements meet is counted, and they are evaluated again with what it selects. A plan without a run is
  // of what masks select at most.
  language::MaskCounts counts{.at_most = options.run.dry_run};
  std::vector<Array> counted;  // while they live the session keeps what was made to count them
  for (;;) {
    together(run.communicator(), [&] {
      check_size(source.text(), run.session().memory());
      work = make_work(options, source, inputs, run.session().memory(), counts);
    });
    if (!work.wanted) break;
    counted.push_back(*work.wanted);
    counts.known.push_back(tessera::counted(run.session(), *work.wanted));
  }

  if (run.speaks())
    for (const auto& warning : work.warnings) note("tessera: warning: {}\n", printable_message(warning));
  const auto results = run.compute(work.sinks, options.target);
  if (!results || !run.speaks()) return;
  std::span<const Result> rest(*results);
  rest = rest.subspan(options.outputs.size());
  for (auto& shown : work.shown) {
    shown.take(rest.first(shown.sinks().size()));
    rest = rest.subspan(shown.sinks().size());
  }
  run.print(text_of(work), json_of(options, work));
}

}  // namespace tessera::command
