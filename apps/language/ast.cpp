#include "ast.hpp"

namespace tessera::language {
namespace {
std::string head(const AstNode& node) {
  switch (node.kind) {
    case NodeKind::tuple:
      return "tuple";
    case NodeKind::slice:
      return "slice";
    case NodeKind::subscript:
      return "index";
    case NodeKind::attribute:
      return "." + std::string(node.text);
    case NodeKind::call:
      return "call " + std::string(node.text);
    default:
      return std::string(node.text);
  }
}
}  // namespace

std::string to_string(const Ast& ast, const Statement& statement) {
  std::vector<std::string> texts(static_cast<std::size_t>(statement.root - statement.first + 1));
  for (int i = statement.first; i <= statement.root; i++) {
    const AstNode& node = ast.nodes[i];
    std::string& text = texts[i - statement.first];
    switch (node.kind) {
      case NodeKind::number:
        text = to_string(node.number);
        break;
      case NodeKind::string:
        text = "'" + node.string + "'";
        break;
      case NodeKind::name:
        text = node.text;
        break;
      case NodeKind::none:
        text = "None";
        break;
      case NodeKind::ellipsis:
        text = "...";
        break;
      default: {
        text = "(" + head(node);
        for (int c = node.first_child; c < node.first_child + node.children; c++) {
          const auto child = static_cast<std::size_t>(c);
          text += " ";
          if (!ast.keywords[child].empty()) text += std::string(ast.keywords[child]) + "=";
          text += std::move(texts[ast.children[child] - statement.first]);
        }
        text += ")";
      }
    }
  }
  std::string names = statement.name;
  for (const auto& name : statement.more) names += ", " + name;
  return (names.empty() ? "" : names + " = ") + texts.back();
}

}  // namespace tessera::language
