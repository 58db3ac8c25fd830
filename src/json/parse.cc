// The only file that knows Boost.JSON.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

#include "json/value.h"

namespace fastness::json {
namespace {

using boost::json::error;
using boost::json::error_code;
using boost::json::string_view;

// Past this many members a linear search for doubles would be quadratic work for a hostile peer.
constexpr std::size_t kLinearSearch = 16;

bool has_doubles(const Object& object) {
  if (object.size() <= kLinearSearch) {
    for (std::size_t i = 0; i < object.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (object[i].first == object[j].first) return true;
      }
    }
    return false;
  }
  std::set<std::string_view> names;
  return !std::all_of(object.begin(), object.end(),
                      [&](const Member& member) { return names.insert(member.first).second; });
}

// Builds our tree from the parser's events. Each open array or object is one frame; `keys` of the
// frames are those that wait for their value.
class Handler {
 public:
  // NOLINTBEGIN(readability-identifier-naming): Boost.JSON asks for these names.
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  // NOLINTEND(readability-identifier-naming)

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(); }
  bool on_object_end(std::size_t, error_code& code) {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (has_doubles(frame.object)) {
      code = error::syntax;
      return false;
    }
    return add(Value(std::move(frame.object)));
  }
  bool on_array_begin(error_code&) { return open(); }
  bool on_array_end(std::size_t, error_code&) {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    return add(Value(std::move(frame.array)));
  }
  bool on_key_part(string_view part, std::size_t, error_code&) { return append(part); }
  bool on_key(string_view part, std::size_t, error_code&) {
    append(part);
    frames_.back().key = std::exchange(text_, {});
    frames_.back().is_object = true;
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code&) { return append(part); }
  bool on_string(string_view part, std::size_t, error_code&) {
    append(part);
    return add(Value(std::exchange(text_, {})));
  }
  bool on_number_part(string_view part, error_code&) { return append(part); }
  bool on_int64(std::int64_t value, string_view, error_code&) {
    text_.clear();
    return add(Value(value));
  }
  bool on_uint64(std::uint64_t value, string_view, error_code&) {
    text_.clear();
    return add(Value(static_cast<double>(value)));
  }
  // Boost.JSON's own value may be off in the last digit; the standard library's is the nearest.
  bool on_double(double value, string_view part, error_code& code) {
    append(part);
    const std::string text = std::exchange(text_, {});
    (void)std::from_chars(text.data(), text.data() + text.size(), value);  // untouched if too far
    if (!std::isfinite(value)) code = error::exponent_overflow;
    return !code && add(Value(value));
  }
  bool on_bool(bool value, error_code&) { return add(Value(value)); }
  bool on_null(error_code&) { return add(Value()); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  Value take() { return std::move(root_); }

 private:
  struct Frame {
    Array array;
    Object object;
    std::string key;
    bool is_object = false;
  };

  bool open() {
    frames_.emplace_back();
    return true;
  }
  bool append(string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool add(Value value) {
    if (frames_.empty()) {
      root_ = std::move(value);
    } else if (Frame& frame = frames_.back(); frame.is_object) {
      frame.object.emplace_back(std::move(frame.key), std::move(value));
    } else {
      frame.array.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Frame> frames_;
  std::string text_;
  Value root_;
};

}  // namespace

Result<Value> parse(std::string_view text, Limits limits) {
  if (text.size() > limits.max_bytes) return fail(Errc::exhausted, "JSON text is too long");

  boost::json::parse_options options;
  options.max_depth = limits.max_depth;
  boost::json::basic_parser<Handler> parser(options);
  error_code code;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), code);
  if (code == error::too_deep) return fail(Errc::exhausted, "JSON text nests too deep");
  if (code) return fail(Errc::invalid_argument, "not JSON");
  const auto rest = text.substr(used);
  if (!parser.done() || rest.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    return fail(Errc::invalid_argument, "not one JSON document");
  }
  return parser.handler().take();
}

}  // namespace fastness::json
