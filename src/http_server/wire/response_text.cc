#include "http_server/wire/response_text.h"

#include <array>
#include <charconv>
#include <ctime>

namespace fastness::http_server {
namespace {

bool is_framing(std::string_view name) {
  return name == "content-length" || name == "transfer-encoding" || name == "connection" ||
         name == "date";
}

void add_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

void add_framing(std::string& head, const http::Response& response, const HeadOptions& options) {
  if (http::is_bodyless(response.status)) return;
  if (options.framing == Framing::chunked) add_field(head, "transfer-encoding", "chunked");
  if (options.framing == Framing::length) {
    add_field(head, "content-length", std::to_string(options.length));
  }
}

}  // namespace

std::string response_head(const http::Response& response, const HeadOptions& options) {
  constexpr std::size_t kUsualSize = 1536;
  std::string head;
  head.reserve(kUsualSize);
  head.append("HTTP/1.1 ").append(std::to_string(http::to_number(response.status)));
  head.append(" ").append(http::reason(response.status)).append("\r\n");
  add_field(head, "date", http_date(options.now));
  for (const auto& field : response.headers.fields()) {
    if (!is_framing(field.name)) add_field(head, field.name, field.value);
  }
  add_framing(head, response, options);
  add_field(head, "connection", options.keep_alive ? "keep-alive" : "close");
  return head.append("\r\n");
}

std::string chunk(std::string_view part) {
  constexpr int kHexadecimal = 16;
  std::array<char, 20> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), part.size(), kHexadecimal);
  std::string text(size.data(), end.ptr);
  return text.append("\r\n").append(part).append("\r\n");
}

std::string http_date(Timestamp time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

}  // namespace fastness::http_server
