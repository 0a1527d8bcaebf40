// After the parse: what the options mean together.
#include "../language/suggest.hpp"
#include "completion.hpp"
#include "man_page.hpp"
#include "option_tables.hpp"
#include "option_texts.hpp"
#include "target.hpp"

namespace tessera::command {
namespace {

void check_bindings(const std::vector<Binding>& inputs, const std::vector<Binding>& outputs) {
  for (std::size_t i = 0; i < inputs.size(); i++)
    for (std::size_t j = 0; j < i; j++)
      if (inputs[i].name == inputs[j].name) throw UsageError("-i binds the name '" + inputs[i].name + "' twice");
  for (std::size_t i = 0; i < outputs.size(); i++)
    for (std::size_t j = 0; j < i; j++)
      if (full_target(outputs[i].name, outputs[i].where) == full_target(outputs[j].name, outputs[j].where))
        throw UsageError("-o has the target " + outputs[i].where + " twice");
}

/// option: "--chunks". name: as in NAME=..., empty for all.
void check_wish(const std::string& option, const std::string& name, const std::vector<Binding>& outputs) {
  bool found = name.empty() && !outputs.empty();
  for (const auto& output : outputs) found = found || output.name == name;
  if (!found)
    throw UsageError(name.empty() ? option + " is for results that are written: there is no -o"
                                  : option + " " + name + "=...: there is no -o " + name + "=TARGET");
}

std::vector<std::string> names_of(const std::vector<Binding>& bindings) {
  std::vector<std::string> names;
  for (const auto& b : bindings) names.push_back(b.name);
  return names;
}

}  // namespace

void OptionTables::finish_run(RunOptions& o) const {
  check_device(o.device);
  if (!o.trace.empty() && !o.trace.ends_with(".json"))  // an existing one is replaced: it must not be data
    throw UsageError("--trace wants a name that ends with .json, not '" + o.trace + "'");
  if (o.ranks > 0 && !o.explain && !o.dry_run) throw UsageError("--ranks goes with --explain or --dry-run");
}

void OptionTables::finish_target(TargetOptions& o) const {
  for (const auto& text : chunks_) o.chunks.push_back(parse_chunks(text));
  for (const auto& text : filters_) o.filters.push_back(parse_filters(text));
  for (const auto& text : units_) o.attributes.push_back(parse_units(text));
  for (const auto& text : attributes_) o.attributes.push_back(parse_attribute(text));
  if (!o.append_along.empty() && (o.force || o.append))
    throw UsageError(std::string("--append-along writes into datasets that are there, ") +
                     (o.force ? "--force replaces files" : "--append adds datasets") + ": give one");
  if (o.force && o.append) throw UsageError("--force replaces a file, --append adds to it: give one");
}

void OptionTables::finish_eval(EvalOptions& o) const {
  for (const auto& text : inputs_) o.inputs.push_back(parse_binding("-i", text));
  for (const auto& text : outputs_) o.outputs.push_back(parse_binding("-o", text));
  finish_target(o.target);
  check_bindings(o.inputs, o.outputs);
  if (o.statements.empty() == o.statements_file.empty())
    throw UsageError(o.statements.empty() ? "eval wants STATEMENTS, e.g. tessera eval 'mean(x)' -i x=data.h5:/x"
                                          : "eval takes STATEMENTS or -f FILE, not both");
  for (const auto& wish : o.target.chunks) check_wish("--chunks", wish.name, o.outputs);
  for (const auto& wish : o.target.filters) check_wish("--compress", wish.name, o.outputs);
  for (const auto& wish : o.target.attributes)
    check_wish(wish.attribute.name == "units" ? "--units" : "--attribute", wish.name, o.outputs);
}

void OptionTables::finish_copy(CopyOptions& o) const {
  if (o.source.empty() || o.where.empty())
    throw UsageError(std::string("copy wants SOURCE and TARGET; the ") + (o.source.empty() ? "source" : "target") +
                     " is empty");
  if (!dtype_.empty()) o.dtype = parse_dtype_name(dtype_);
  if (!axes_.empty()) o.axes = parse_axes(axes_);
  finish_target(o.target);
  for (const auto& wish : o.target.filters)
    if (!wish.name.empty())
      throw UsageError("--compress " + wish.name + "=...: copy writes one array; leave the name out");
  for (const auto& wish : o.target.chunks)
    if (!wish.name.empty())
      throw UsageError("--chunks " + wish.name + "=...: copy writes one array; leave the name out");
}

std::string OptionTables::asked_text() const {
  if (!man_.empty()) {
    if (man_ != "tessera" && command(man_) == nullptr)
      throw UsageError("--man: unknown command '" + man_ + "'" + language::did_you_mean(man_, command_names()));
    return man_page(man_, *this);
  }
  if (completion_.empty()) return {};
  if (completion_ != "bash" && completion_ != "zsh" && completion_ != "fish")
    throw UsageError("--completion wants bash, zsh or fish, not '" + completion_ + "'");
  return completion_text(completion_, *this);
}

void OptionTables::finish_histogram(HistogramOptions& o) const {
  if (!bins_.empty()) parse_bins(bins_, o);
  if (!edges_.empty()) o.edges = parse_bin_edges(edges_);
  if (!range_.empty()) o.range = parse_bin_range(range_);
  if (!edges_.empty() && (!range_.empty() || !bins_.empty()))
    throw UsageError("--edges are all edges of the bins: without --bins and --range");
}

void OptionTables::finish() {
  using Command = CommandLine::Command;
  if (named(*eval_)) {
    line_.command = Command::eval;
    finish_run(line_.eval.run);
    finish_eval(line_.eval);
    finish_sources(line_.eval.run.sources, names_of(line_.eval.inputs));
  } else if (named(*stats_)) {
    line_.command = Command::stats;
    finish_run(line_.stats.run);
    if (!quantiles_.empty()) line_.stats.quantiles = parse_quantiles(quantiles_);
    finish_sources(line_.stats.run.sources, {});
  } else if (named(*histogram_)) {
    line_.command = Command::histogram;
    finish_run(line_.histogram.run);
    finish_histogram(line_.histogram);
    finish_sources(line_.histogram.run.sources, {});
  } else if (named(*copy_)) {
    line_.command = Command::copy;
    finish_run(line_.copy.run);
    finish_sources(line_.copy.run.sources, {});
    finish_copy(line_.copy);
  } else if (named(*diff_)) {
    line_.command = Command::diff;
    finish_run(line_.diff.run);
    finish_sources(line_.diff.run.sources, {"FIRST", "SECOND"});
  } else {
    if (named(*info_)) finish_sources(line_.info.wishes, {});
    line_.command = named(*info_) ? Command::info : Command::doctor;
  }
}

}  // namespace tessera::command
