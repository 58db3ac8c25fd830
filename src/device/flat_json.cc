#include "device/flat_json.h"

#include <charconv>

#include "base/fixed_limits.h"

namespace fastness::device {
namespace {

constexpr std::size_t kMaxMessage = fixed_limit("renewals.message_bytes");
constexpr std::size_t kMaxMembers = 16;
constexpr std::size_t kMaxNumbers = 8;

}  // namespace

// Reads from the front; the first thing that does not fit makes everything fail.
class FlatJson::Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::optional<FlatJson> object() {
    FlatJson object;
    if (!members(object, "")) return std::nullopt;
    skip_blanks();
    return rest_.empty() ? std::optional(std::move(object)) : std::nullopt;
  }

 private:
  void skip_blanks() {
    const std::size_t at = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
  }

  bool take(char wanted) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take_word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool members(FlatJson& object, const std::string& outer) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      if (!member(object, outer)) return false;
    } while (take(','));
    return take('}');
  }

  bool member(FlatJson& object, const std::string& outer) {
    const auto name = text();
    if (!name || name->find('.') != std::string::npos || !take(':')) return false;
    skip_blanks();
    if (outer.empty() && rest_.starts_with('{')) return members(object, *name + ".");
    auto content = value();
    if (!content || object.members_.size() == kMaxMembers) return false;
    return object.members_.emplace(outer + *name, std::move(*content)).second;
  }

  std::optional<Value> value() {
    skip_blanks();
    if (rest_.empty()) return std::nullopt;
    if (rest_.front() == '"') return wrap(text());
    if (rest_.front() == '[') return wrap(numbers());
    if (take_word("true")) return Value(true);
    if (take_word("false")) return Value(false);
    return wrap(number());
  }

  template <typename T>
  static std::optional<Value> wrap(std::optional<T> content) {
    return content ? std::optional<Value>(std::move(*content)) : std::nullopt;
  }

  // No escapes: nothing that is said here needs one.
  std::optional<std::string> text() {
    if (!take('"')) return std::nullopt;
    const std::size_t end = rest_.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view content = rest_.substr(0, end);
    for (const char c : content) {
      if (c < ' ' || c > '~' || c == '\\') return std::nullopt;
    }
    rest_.remove_prefix(end + 1);
    return std::string(content);
  }

  std::optional<std::int64_t> number() {
    skip_blanks();
    std::int64_t number = 0;
    const char* end = rest_.data() + rest_.size();
    const auto [after, error] = std::from_chars(rest_.data(), end, number);
    if (error != std::errc() || !is_spelled_as_json(rest_)) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(after - rest_.data()));
    const bool goes_on =
        !rest_.empty() && std::string_view(".eE").find(rest_.front()) != std::string_view::npos;
    return goes_on ? std::nullopt : std::optional(number);
  }

  // No zero in front of other digits.
  static bool is_spelled_as_json(std::string_view digits) {
    if (digits.starts_with('-')) digits.remove_prefix(1);
    return !(digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9');
  }

  std::optional<std::vector<std::int64_t>> numbers() {
    std::vector<std::int64_t> all;
    if (!take('[')) return std::nullopt;
    if (take(']')) return all;
    do {
      const auto each = number();
      if (!each || all.size() == kMaxNumbers) return std::nullopt;
      all.push_back(*each);
    } while (take(','));
    return take(']') ? std::optional(std::move(all)) : std::nullopt;
  }

  std::string_view rest_;
};

Result<FlatJson> FlatJson::parse(std::string_view untrusted) {
  if (untrusted.size() > kMaxMessage) {
    return fail(Errc::invalid_argument, "the message is longer than 512 bytes");
  }
  auto object = Parser(untrusted).object();
  if (!object) return fail(Errc::invalid_argument, "not a message of the renewal");
  return std::move(*object);
}

}  // namespace fastness::device
