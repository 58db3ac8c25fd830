#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "http/method.h"

namespace fastness::http {

// Splits a raw path into decoded segments. One slash at the end is tolerated, since clients append
// it and none follows a redirect. Nothing for a path that does not begin with a slash, has an empty
// or dot segment, broken encoding, or more segments or bytes than any route has.
[[nodiscard]] std::optional<std::vector<std::string>> split_path(std::string_view raw_path);

// Finds the route of a path. Patterns are fixed segments and `{names}`, each of which takes one
// whole non-empty segment; a fixed segment beats a name. Build it once, then use it from any
// thread.
template <typename Route>
class Router {
 public:
  struct Match {
    const Route* route = nullptr;  // null: no such path, or only with the methods in `allowed`
    PathParameters parameters;
    std::vector<Method> allowed;

    [[nodiscard]] bool is_method_wrong() const { return route == nullptr && !allowed.empty(); }
  };

  // `pattern` as in `/things/{id}/properties/{pid}`. A second route of one method and pattern
  // replaces the first.
  void add(Method method, std::string_view pattern, Route route) {
    Node* node = &root_;
    auto segments = split_path(pattern).value();
    for (std::string& segment : segments) {
      const bool is_name = segment.front() == '{' && segment.back() == '}';
      auto& child = is_name ? node->any : node->fixed[std::move(segment)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
    }
    node->routes.insert_or_assign(method, Leaf{std::string(pattern), std::move(route)});
  }

  [[nodiscard]] Match match(Method method, std::string_view raw_path) const {
    Match match;
    const auto segments = split_path(raw_path);
    if (!segments) return match;
    const Leaf* leaf = find(root_, *segments, 0, method, match.allowed);
    if (leaf == nullptr) return match;
    match.route = &leaf->route;
    match.allowed.clear();
    fill_parameters(leaf->pattern, *segments, match.parameters);
    return match;
  }

 private:
  struct Leaf {
    std::string pattern;
    Route route;
  };
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> fixed;
    std::unique_ptr<Node> any;
    std::map<Method, Leaf> routes;
  };

  // Depth first, the fixed child before the named one.
  static const Leaf* find(const Node& node, const std::vector<std::string>& segments,
                          std::size_t depth, Method method, std::vector<Method>& allowed) {
    if (depth == segments.size()) {
      const auto found = node.routes.find(method);
      if (found != node.routes.end()) return &found->second;
      for (const auto& [other, leaf] : node.routes) allowed.push_back(other);
      return nullptr;
    }
    if (const auto child = node.fixed.find(segments[depth]); child != node.fixed.end()) {
      const Leaf* leaf = find(*child->second, segments, depth + 1, method, allowed);
      if (leaf != nullptr) return leaf;
    }
    return node.any ? find(*node.any, segments, depth + 1, method, allowed) : nullptr;
  }

  static void fill_parameters(const std::string& pattern, const std::vector<std::string>& segments,
                              PathParameters& parameters) {
    const auto names = split_path(pattern).value();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].front() != '{') continue;
      parameters.add(names[i].substr(1, names[i].size() - 2), segments[i]);
    }
  }

  Node root_;
};

}  // namespace fastness::http
