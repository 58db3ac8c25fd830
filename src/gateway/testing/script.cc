#include "gateway/testing/script.h"

#include <algorithm>
#include <charconv>

#include <gtest/gtest.h>

namespace fastness::gateway::testing {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Takes the first word off `text`.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
  const std::string_view word = text.substr(0, end);
  text = trimmed(text.substr(end));
  return word;
}

std::string show(ByteView bytes) {
  std::string text = to_hex(bytes) + "  ";
  for (const std::uint8_t byte : bytes) {
    text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
  }
  return text;
}

}  // namespace

// --- Literal ------------------------------------------------------------------------------------

class LiteralParser {
 public:
  explicit LiteralParser(std::string_view text) : rest_(text) {}

  // Reads up to the end, or to the brace that closes a block.
  bool read(std::vector<std::optional<std::uint8_t>>& out, bool in_block) {
    while (!rest_.empty()) {
      const char next = rest_.front();
      if (next == '}') {
        rest_.remove_prefix(1);
        return in_block;
      }
      const bool read = next == ' ' || next == '\t'   ? skip()
                        : next == '{'                 ? block(out)
                        : next == '\'' || next == '"' ? quoted(out)
                        : next == '?'                 ? wild(out)
                                                      : hexadecimal(out);
      if (!read) return false;
    }
    return !in_block;
  }

 private:
  using Pattern = std::vector<std::optional<std::uint8_t>>;

  bool skip() {
    rest_.remove_prefix(1);
    return true;
  }

  bool block(Pattern& out) {
    rest_.remove_prefix(1);
    Pattern inside;
    if (!read(inside, true)) return false;
    std::size_t length = inside.size();
    do {
      const std::size_t more = length >> 7U;
      out.emplace_back(static_cast<std::uint8_t>((length & 0x7fU) | (more != 0 ? 0x80U : 0U)));
      length = more;
    } while (length != 0);
    out.insert(out.end(), inside.begin(), inside.end());
    return true;
  }

  bool quoted(Pattern& out) {
    const char quote = rest_.front();
    const std::size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) return false;
    const std::string_view once = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    std::size_t times = 1;
    if (rest_.starts_with('*')) {
      rest_.remove_prefix(1);
      const auto count = number();
      if (!count) return false;
      times = *count;
    }
    if (quote == '"') {
      const std::size_t length = once.size() * times;
      out.emplace_back(static_cast<std::uint8_t>(length >> 8U));
      out.emplace_back(static_cast<std::uint8_t>(length));
    }
    for (; times != 0; --times) {
      for (const char c : once) out.emplace_back(static_cast<std::uint8_t>(c));
    }
    return true;
  }

  bool wild(Pattern& out) {
    rest_.remove_prefix(1);
    const auto count = number();
    if (!count) return false;
    out.insert(out.end(), *count, std::nullopt);
    return true;
  }

  bool hexadecimal(Pattern& out) {
    const auto byte = from_hex(rest_.substr(0, 2));
    if (!byte || byte.value().size() != 1) return false;
    out.emplace_back(byte.value().front());
    rest_.remove_prefix(2);
    return true;
  }

  std::optional<std::size_t> number() {
    std::size_t value = 0;
    const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (read.ec != std::errc{}) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
    return value;
  }

  std::string_view rest_;
};

std::optional<Literal> Literal::parse(std::string_view text) {
  Literal literal;
  if (!LiteralParser(text).read(literal.pattern_, false)) return std::nullopt;
  return literal;
}

Bytes Literal::bytes() const {
  Bytes out;
  for (const auto& byte : pattern_) out.push_back(byte.value());
  return out;
}

bool Literal::matches(ByteView bytes) const {
  return std::equal(
      pattern_.begin(), pattern_.end(), bytes.begin(), bytes.end(),
      [](const auto& wanted, std::uint8_t byte) { return !wanted.has_value() || *wanted == byte; });
}

// --- Stage --------------------------------------------------------------------------------------

Stage::Stage(Limits limits) : hub(limits) {
  hub.add_person(1, "ada");
  hub.add_person(1, "bob");
  hub.add_person(2, "eve");
}

void Stage::enter(const std::string& name, std::unique_ptr<Client> client) {
  clients_[name] = std::move(client);
}

void Stage::play(std::string_view script) {
  for (std::size_t number = 1; !script.empty(); ++number) {
    const std::size_t end = std::min(script.find('\n'), script.size());
    const std::string_view line = trimmed(script.substr(0, end));
    script.remove_prefix(std::min(end + 1, script.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (const auto failure = step(line)) {
      ADD_FAILURE() << "line " << number << " of the script: " << line << "\n" << *failure;
      return;
    }
  }
}

std::optional<std::string> Stage::step(std::string_view line) {
  const std::string subject(take_word(line));
  if (subject != "wait") return act(subject, line);
  int seconds = 0;
  const auto read = std::from_chars(line.data(), line.data() + line.size(), seconds);
  if (read.ec != std::errc{}) return "not a time";
  hub.registry.clock.advance(std::chrono::seconds{seconds});
  return std::nullopt;
}

std::optional<std::string> Stage::act(const std::string& name, std::string_view deed) {
  const std::string verb(take_word(deed));
  std::unique_ptr<Client>& client = clients_[name];
  if (!client) client = hub.dial();
  if (verb == ">") {
    const auto literal = Literal::parse(deed);
    if (!literal) return "not bytes";
    client->send_bytes(literal->bytes());
    return std::nullopt;
  }
  if (verb == "<") return expect(*client, deed);
  if (verb == "joins") return join(name, deed);
  if (verb == "silent") {
    client->send_bytes(Bytes{0xc0, 0x00});
    return expect(*client, "d0 00");
  }
  if (verb == "closed") {
    const bool closed = client->is_closed_by_server();
    const std::string more = closed ? "" : show(client->take(1'000));
    clients_.erase(name);
    return closed ? std::nullopt : std::optional("it is open, and said " + more);
  }
  if (verb == "gone") {
    client->vanish();
    clients_.erase(name);
    const bool noticed = hub.wait_for_departures(static_cast<std::int64_t>(clients_.size()));
    return noticed ? std::nullopt : std::optional<std::string>("the server did not notice");
  }
  return "no such step";
}

// A clean start that asks for ten minutes of silence, under her own name.
std::optional<std::string> Stage::join(const std::string& name, std::string_view version) {
  const bool is_5 = version == "5";
  const std::string who = "\"" + name + "\" \"" + name + "\" \"password of " + name + "\"";
  if (auto failure = act(name, is_5 ? "> 10{\"MQTT\" 05 c2 0258 {} " + who + "}"
                                    : "> 10{\"MQTT\" 04 c2 0258 " + who + "}")) {
    return failure;
  }
  return act(name, is_5 ? "< 20{00 00 {21 ?2 22 ?2 27 ?4}}" : "< 20 02 00 00");
}

std::optional<std::string> Stage::expect(Client& client, std::string_view text) {
  const auto literal = Literal::parse(text);
  if (!literal) return "not bytes";
  const Bytes come = client.take(literal->size());
  if (literal->matches(come)) return std::nullopt;
  return "came: " + show(come);
}

}  // namespace fastness::gateway::testing
