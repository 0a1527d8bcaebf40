#include "evaluator.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <set>

#include "functions.hpp"
#include "indexing.hpp"
#include "parser.hpp"
#include "scalar_arithmetic.hpp"
#include "suggest.hpp"

namespace tessera::language {
namespace {

std::optional<Value> constant(std::string_view name) {
  if (name == "True" || name == "true") return Value{Scalar(true)};
  if (name == "False" || name == "false") return Value{Scalar(false)};
  if (name == "pi") return Value{Scalar(std::numbers::pi)};
  if (name == "e") return Value{Scalar(std::numbers::e)};
  if (name == "inf") return Value{Scalar(std::numeric_limits<double>::infinity())};
  if (name == "nan") return Value{Scalar(std::numeric_limits<double>::quiet_NaN())};
  if (const auto type = parse_dtype(name)) return Value{*type};
  return std::nullopt;
}

std::optional<Op> operation(std::string_view symbol, bool is_unary) {
  if (is_unary)
    return symbol == "-"   ? std::optional(Op::negative)
           : symbol == "~" ? std::optional(Op::bitwise_invert)
                           : std::nullopt;
  static const std::map<std::string_view, Op> table = {{"+", Op::add},
                                                       {"-", Op::subtract},
                                                       {"*", Op::multiply},
                                                       {"/", Op::divide},
                                                       {"//", Op::floor_divide},
                                                       {"%", Op::remainder},
                                                       {"**", Op::pow},
                                                       {"<", Op::less},
                                                       {"<=", Op::less_equal},
                                                       {">", Op::greater},
                                                       {">=", Op::greater_equal},
                                                       {"==", Op::equal},
                                                       {"!=", Op::not_equal},
                                                       {"&", Op::bitwise_and},
                                                       {"|", Op::bitwise_or},
                                                       {"^", Op::bitwise_xor},
                                                       {"<<", Op::bitwise_left_shift},
                                                       {">>", Op::bitwise_right_shift}};
  const auto found = table.find(symbol);
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

class Evaluator {
 public:
  Evaluator(const SourceText& source, const Names& inputs, std::int64_t memory, CountMask count)
      : source_(source),
        ast_(parse(source)),
        names_(inputs),
        context_{.room = Room(memory), .count = std::move(count)} {}

  Evaluation run() {
    Evaluation evaluation;
    for (const Statement& statement : ast_.statements) {
      Value value = this->statement(statement);
      if (statement.name.empty()) {
        evaluation.printed.push_back({std::move(value), text_of(statement)});
      } else if (statement.more.empty()) {
        assign(evaluation, statement.name, std::move(value));
      } else {
        unpack(evaluation, statement, value);
      }
    }
    evaluation.warnings = std::move(warnings_);
    return evaluation;
  }

 private:
  void assign(Evaluation& evaluation, const std::string& name, Value value) {
    names_.insert_or_assign(name, value);
    evaluation.names.insert_or_assign(name, std::move(value));
  }

  // q, r = divmod(x, y)
  void unpack(Evaluation& evaluation, const Statement& statement, const Value& value) {
    const auto* items = value.get<Value::Tuple>();
    const std::size_t names = statement.more.size() + 1;
    if (!items || items->size() != names)
      source_.fail(statement.place, std::to_string(names) + " names are assigned " +
                                        (items ? "a tuple of " + std::to_string(items->size()) : kind_name(value)));
    assign(evaluation, statement.name, (*items)[0]);
    for (std::size_t k = 1; k < names; k++) assign(evaluation, statement.more[k - 1], (*items)[k]);
  }

  std::string text_of(const Statement& statement) const {
    std::string text(source_.text().substr(statement.place, statement.end - statement.place));
    text.erase(std::min(text.find_first_of("\n#"), text.size()));
    text.erase(text.find_last_not_of(" \t;") + 1);
    return text;
  }

  Value statement(const Statement& statement) {
    first_ = statement.first;
    values_.assign(static_cast<std::size_t>(statement.root - statement.first + 1), Value{});
    for (int i = statement.first; i <= statement.root; i++) {
      const AstNode& node = ast_.nodes[i];
      try {
        values_[i - first_] = this->node(node);
      } catch (const Error& error) {
        if (std::string_view(error.what()).ends_with(" ^")) throw;  // has its caret already
        source_.fail(node.place, error.what(), error.kind());
      }
    }
    return std::move(values_.back());
  }

  int child_index(const AstNode& node, int k) const { return ast_.children[node.first_child + k]; }
  const AstNode& child_node(const AstNode& node, int k) const { return ast_.nodes[child_index(node, k)]; }
  Value& child(const AstNode& node, int k) { return values_[child_index(node, k) - first_]; }

  Value node(const AstNode& node) {
    switch (node.kind) {
      case NodeKind::number:
        return {node.number};
      case NodeKind::string:
        return {node.string};
      case NodeKind::name:
        return name(node);
      case NodeKind::none:
        return {None{}};
      case NodeKind::ellipsis:
        return {Ellipsis{}};
      case NodeKind::unary:
      case NodeKind::binary:
        return operation(node);
      case NodeKind::tuple:
        return tuple(node);
      case NodeKind::slice:
        return slice(node);
      case NodeKind::subscript:
        return subscript(node);
      case NodeKind::attribute:
        return attribute(node);
      case NodeKind::call:
        return call(node);
    }
    return {};
  }

  // Names let tuples nest where the text does not: a = (a,), again and again.
  Value tuple(const AstNode& node) {
    Value::Tuple items;
    for (int k = 0; k < node.children; k++) {
      if (nesting(child(node, k)) >= max_nesting)
        source_.fail(node.place, "tuples are nested deeper than " + std::to_string(max_nesting));
      items.push_back(std::move(child(node, k)));
    }
    Value made{std::move(items)};
    if (leaves(made) > node.children) context_.room.hold(leaves(made));
    return made;
  }

  Value name(const AstNode& node) const {
    const std::string text(node.text);
    if (const auto found = names_.find(text); found != names_.end()) return found->second;
    if (auto value = constant(text)) return *value;
    if (functions().contains(text))
      source_.fail(node.place,
                   "'" + text + "' is a function: write " + functions().find(text)->second.signature.text());
    if (text == "np" || text == "numpy" || text == "xp")
      source_.fail(node.place, "functions stand here without '" + text + ".'");
    std::vector<std::string> known;
    std::string list;
    for (const auto& [name, value] : names_) {
      known.push_back(name);
      if (known.size() <= 20) list += (list.empty() ? "" : ", ") + name;
    }
    std::string hint = did_you_mean(text, known);
    if (hint.empty()) hint = list.empty() ? "; inputs are bound by -i " + text + "=SOURCE" : "; the names are " + list;
    source_.fail(node.place, "unknown name '" + text + "'" + hint);
  }

  // x + (1, 2, 3): a tuple of numbers beside an array, as NumPy has it.
  void become_array(Value& value) {
    if (value.get<Value::Tuple>())
      if (auto x = nested_array(value, context_.room)) value = *std::move(x);
  }

  Value operation(const AstNode& node) {
    const std::string symbol(node.text);
    bool all_scalar = true, inexact = false;
    for (int k = 0; k < node.children; k++) {
      if (node.children == 2 && child(node, 1 - k).get<Array>()) become_array(child(node, k));
      const Value& value = child(node, k);
      const Array* array = value.get<Array>();
      const Scalar* scalar = value.get<Scalar>();
      if (!array && !scalar)
        source_.fail(node.place, "'" + symbol + "' takes arrays and numbers, not " + kind_name(value));
      all_scalar = all_scalar && scalar;
      inexact = inexact || (array ? is_inexact(array->dtype()) : scalar->kind() >= Kind::real);
    }
    if (symbol == "^" && inexact)
      source_.fail(node.place, "'^' is the exclusive or of integers and bools; for a power use **", ErrorKind::dtype);
    const bool is_unary = node.kind == NodeKind::unary;
    if (symbol == "@") return product(node);
    if (all_scalar)
      return {is_unary ? apply_unary(symbol, *child(node, 0).get<Scalar>())
                       : apply_binary(symbol, *child(node, 0).get<Scalar>(), *child(node, 1).get<Scalar>())};
    if (symbol == "+" && is_unary) return std::move(child(node, 0));
    context_.room.take(1);
    std::vector<Operand> operands;
    for (int k = 0; k < node.children; k++) {
      const Value value = std::move(child(node, k));
      if (value.get<Array>())
        operands.emplace_back(*value.get<Array>());
      else
        operands.emplace_back(*value.get<Scalar>());
    }
    return {tessera::apply(*language::operation(symbol, is_unary), operands)};
  }

  Value product(const AstNode& node) {
    for (int k = 0; k < 2; k++)
      if (child(node, k).get<Scalar>())
        source_.fail(node.place, "'@' multiplies matrices and vectors; a number multiplies by *", ErrorKind::shape);
    context_.room.take(1);
    return {matmul(*child(node, 0).get<Array>(), *child(node, 1).get<Array>())};
  }

  Value slice(const AstNode& node) {
    Slice slice;
    std::optional<std::int64_t>* parts[] = {&slice.start, &slice.stop, &slice.step};
    for (int k = 0; k < 3; k++) {
      const Value& value = child(node, k);
      if (value.is_none()) continue;
      const Scalar* s = value.get<Scalar>();
      if (s == nullptr || s->kind() > Kind::integer || !s->fits(DType::int64))
        source_.fail(child_node(node, k).place,
                     "a slice takes integers, not " + (s ? to_string(value) : kind_name(value)));
      *parts[k] = s->as<std::int64_t>();
    }
    return {slice};
  }

  Value subscript(const AstNode& node) {
    const auto* tuple = child(node, 0).get<Value::Tuple>();
    context_.room.take(tuple ? static_cast<std::int64_t>(tuple->size()) : 1);
    std::vector<IndexItem> items;
    for (int k = 1; k < node.children; k++) items.push_back({std::move(child(node, k)), child_node(node, k).place});
    return index_value(source_, node.place, std::move(child(node, 0)), items, context_);
  }

  Value attribute(const AstNode& node) {
    const Value value = std::move(child(node, 0));
    const Array* array = value.get<Array>();
    const std::string name(node.text);
    if (!array) source_.fail(node.place, kind_name(value) + " has no attribute '" + name + "'");
    if (name == "shape") {
      Value::Tuple shape;
      for (const std::int64_t n : array->shape()) shape.emplace_back(Scalar(n));
      return {std::move(shape)};
    }
    if (name == "dtype") return {array->dtype()};
    if (name == "ndim") return {Scalar(array->rank())};
    if (name == "size") return {Scalar(array->size())};
    if (name == "T") {
      context_.room.take(1);
      return {array->T()};
    }
    std::string hint = did_you_mean(name, {"shape", "dtype", "ndim", "size", "T"});
    if (hint.empty())
      hint = functions().contains(name) ? "; write " + name + "(x)" : "; there are shape, dtype, ndim, size, T";
    source_.fail(node.place, "arrays have no attribute '" + name + "'" + hint);
  }

  Value call(const AstNode& node) {
    const std::string name(node.text);
    const auto found = functions().find(name);
    if (found == functions().end()) {
      if (const auto variable = names_.find(name); variable != names_.end())
        source_.fail(node.place, "'" + name + "' is " + kind_name(variable->second) +
                                     ", not a function; an index is written " + name + "[...]");
      std::string hint = did_you_mean(name, function_names());
      if (hint.empty() && parse_dtype(name)) hint = "; write astype(x, " + name + ")";
      source_.fail(node.place, "unknown function '" + name + "'" + hint);
    }
    const Array* first = node.children > 0 ? child(node, 0).get<Array>() : nullptr;
    std::vector<std::string> datasets;  // of missing elements that are NaN
    if (first != nullptr && (functions().contains("nan" + name) || is_cast(name)) && is_inexact(first->dtype()) &&
        has_fill(*first))
      for (const auto& d : default_fills({first, 1})) datasets.push_back(d.dataset);
    std::vector<PassedArgument> passed;
    context_.room.take(2);
    for (int k = 0; k < node.children; k++)
      passed.push_back({ast_.keywords[node.first_child + k], std::move(child(node, k)), child_node(node, k).place});
    const Arguments arguments(source_, found->second.signature, node.place, std::move(passed), context_.room);
    Value result = found->second.call(arguments, context_);
    if (!datasets.empty()) warn_about_missing(name, datasets, result);
    return result;
  }

  static bool is_cast(std::string_view function) { return function == "astype" || function == "cast"; }

  /// datasets: all below the argument, some of which have missing elements that are NaN. Told once of each.
  void warn_about_missing(const std::string& name, const std::vector<std::string>& datasets, const Value& result) {
    const DType type = result.get<Array>()->dtype();
    if (is_cast(name) && is_inexact(type)) return;
    const std::string kind = is_cast(name) ? to_string(type) : name;
    bool is_new = false;
    for (const auto& d : datasets) is_new = told_.insert({kind, d}).second || is_new;
    if (!is_new) return;
    const std::string those =
        "fill values" + (datasets.size() == 1 ? " of " + datasets[0] : "") + ", which are NaN here";
    warnings_.push_back(is_cast(name) ? those + ", become " + kind + ", which has no NaN"
                                      : name + " over " + those + "; nan" + name + " leaves them out");
  }

  const SourceText& source_;
  Ast ast_;
  Names names_;
  CallContext context_;
  std::vector<std::string> warnings_;
  std::set<std::pair<std::string, std::string>> told_;  // of warnings: the kind, the dataset
  int first_ = 0;
  std::vector<Value> values_;  // of the nodes of this statement; each is moved into its parent
};

}  // namespace

Evaluation evaluate(const SourceText& source, const Names& inputs, std::int64_t memory, const MaskCounts& counts) {
  struct Wanted {
    Array counts;
  };
  std::size_t next = 0;
  const CountMask count = [&](const Array& wanted) {
    if (next < counts.known.size()) return counts.known[next++];
    if (counts.at_most) return most_counted(wanted);
    throw Wanted{wanted};
  };
  try {
    return Evaluator(source, inputs, memory, count).run();
  } catch (const Wanted& wanted) {
    Evaluation incomplete;
    incomplete.wanted = wanted.counts;
    return incomplete;
  }
}

bool is_name(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return text != "None" && text != "True" && text != "False" && text != "true" && text != "false";
}

}  // namespace tessera::language
