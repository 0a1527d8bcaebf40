#pragma once
// The syntax tree, as one list of nodes in which children stand before their parents: walking the list in order
// evaluates the tree, and neither walking nor destroying it ever recurses, however long a chain x + x + ... is.
#include <string>
#include <string_view>
#include <vector>

#include "source_text.hpp"

namespace tessera::language {

enum class NodeKind {
  number,     ///< `number`
  string,     ///< `string`
  name,       ///< `text`
  none,       ///< None, or what is absent in a slice
  ellipsis,   ///< ...
  unary,      ///< `text` is + - ~
  binary,     ///< `text` is the operator
  tuple,      ///< (a, b) or [a, b]
  slice,      ///< three children
  subscript,  ///< the array, then the items
  attribute,  ///< `text` of one child
  call        ///< `text` is the function; children are the arguments, `keywords` their names
};

struct AstNode {
  NodeKind kind;
  Place place;            ///< where an error of this node is shown: operator, function name, bracket
  std::string_view text;  ///< into the source
  Scalar number;
  std::string string;
  int first_child = 0, children = 0;  ///< in Ast::children
};

/// `name = expression`, or a bare expression.
struct Statement {
  std::string name;               ///< empty for a bare expression
  std::vector<std::string> more;  ///< further names: q, r = divmod(x, y)
  Place place = 0, end = 0;       ///< of the first character, and behind the last one
  int first = 0;                  ///< the nodes of the statement are [first, root]
  int root = 0;
};

struct Ast {
  std::vector<AstNode> nodes;
  std::vector<int> children;
  std::vector<std::string_view> keywords;  ///< parallel to `children`; empty where an argument has no name
  std::vector<Statement> statements;
};

/// As Lisp writes it: "(+ 1 (* 2 x))", "(call sum x axis=0)"; for tests and for reading.
std::string to_string(const Ast& ast, const Statement& statement);

}  // namespace tessera::language
