#include "http_server/assets.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fastness::http_server {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kMediaTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".wasm", "application/wasm"},
    {".pem", "application/x-pem-file"},
}};

// What belongs to the API: a wrong path there is an error, never a page.
constexpr std::array<std::string_view, 7> kNotPages = {
    "/api/", "/iot/", "/ota/", "/admin/", "/provisioning/", "/.well-known/", "/mqtt"};

// The build names these by their content (`/assets/index-4f2a.js`), so they never change.
bool is_immutable(std::string_view path) {
  return path.starts_with("/assets/");
}

// Whether a person's browser asks for a page.
bool is_page(const http::Request& request) {
  const auto accept = request.headers.find("accept");
  const std::string_view path = request.path;
  const bool has_ending = path.substr(path.rfind('/') + 1).find('.') != std::string_view::npos;
  return accept && accept->find("text/html") != std::string_view::npos && !has_ending &&
         std::ranges::none_of(kNotPages, [&](auto prefix) { return path.starts_with(prefix); });
}

}  // namespace

std::string_view media_type(std::string_view path) {
  for (const auto& [ending, type] : kMediaTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

Assets::Assets(std::span<const Asset> assets) {
  for (const Asset& asset : assets) by_path_.emplace(asset.path, asset);
}

const Asset* Assets::find(const http::Request& request) const {
  const auto exact = by_path_.find(request.path);
  if (exact != by_path_.end()) return &exact->second;
  const auto index = by_path_.find("/index.html");
  const bool wants_index = request.path == "/" || is_page(request);
  return wants_index && index != by_path_.end() ? &index->second : nullptr;
}

std::optional<http::Response> Assets::serve(const http::Request& request) const {
  if (request.method != http::Method::get) return std::nullopt;
  const Asset* asset = find(request);
  if (asset == nullptr) return std::nullopt;

  http::Response response;
  // Also of a 304, whose headers replace those that the browser kept: the type decides which
  // content security policy goes along.
  response.headers.set("content-type", media_type(asset->path));
  response.headers.set("etag", asset->etag);
  response.headers.set("vary", "accept-encoding");
  response.headers.set("cache-control", is_immutable(asset->path)
                                            ? "public, max-age=31536000, immutable"
                                            : "no-cache");
  if (http::matches_etag(request.headers, asset->etag)) {
    response.status = http::Status::not_modified;
    return response;
  }
  if (!asset->brotli.empty() && http::accepts_encoding(request.headers, "br")) {
    response.headers.set("content-encoding", "br");
    response.body = asset->brotli;
  } else if (!asset->gzip.empty() && http::accepts_encoding(request.headers, "gzip")) {
    response.headers.set("content-encoding", "gzip");
    response.body = asset->gzip;
  } else {
    response.body = asset->plain;
  }
  return response;
}

}  // namespace fastness::http_server
