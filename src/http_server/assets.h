#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "http/message.h"

namespace fastness::http_server {

// One file of the console, as it was built. Views of static memory.
struct Asset {
  std::string_view path;    // as requested: `/assets/index-4f2a.js`
  std::string_view etag;    // with its quotes
  std::string_view plain;   // the bytes
  std::string_view gzip;    // the same compressed; empty if that saves nothing
  std::string_view brotli;  // likewise
};

// The console's files, served from memory. Immutable, thread-safe.
class Assets {
 public:
  // Serves nothing.
  Assets() = default;

  // The views must stay valid as long as this object.
  explicit Assets(std::span<const Asset> assets);

  // The response to a GET for `request.path`, compressed as the client accepts; nothing if no file
  // has that path. A page of the console that has no file of its own (`/things/…`) is index.html.
  [[nodiscard]] std::optional<http::Response> serve(const http::Request& request) const;

 private:
  [[nodiscard]] const Asset* find(const http::Request& request) const;

  std::map<std::string_view, Asset> by_path_;
};

// The media type of a file, by the ending of its name.
[[nodiscard]] std::string_view media_type(std::string_view path);

}  // namespace fastness::http_server
