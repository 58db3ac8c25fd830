#include "client/credentials.h"

#include <charconv>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fixed_limits.h"
#include "crypto/public_key/pem.h"
#include "json/object_reader.h"
#include "json/writer.h"

namespace fastness::client {

namespace {

constexpr const char* kSystemAnchors = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::uint16_t kDefaultPort = 8443;

Result<void> write_all(const os::Descriptor& file, std::string_view contents) {
  while (!contents.empty()) {
    const ssize_t written = ::write(file.number(), contents.data(), contents.size());
    if (written < 0) return os::fail_with_errno("write file");
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.number()) != 0) return os::fail_with_errno("write file");
  return {};
}

}  // namespace

Result<Address> parse_server(std::string_view url) {
  const auto mistake = [url] {
    return fail(Errc::invalid_argument,
                "\"" + std::string(url) + "\" is no server; write https://host:port");
  };
  if (!url.starts_with("https://")) return mistake();
  url.remove_prefix(8);
  if (url.ends_with('/')) url.remove_suffix(1);
  if (url.empty() || url.find_first_of("/?#@ ") != std::string_view::npos) return mistake();
  Address address{"", kDefaultPort};
  std::string_view port;
  if (url.starts_with('[')) {
    const std::size_t end = url.find(']');
    if (end == std::string_view::npos) return mistake();
    address.host = url.substr(1, end - 1);
    port = url.substr(end + 1);
  } else {
    const std::size_t colon = std::min(url.find(':'), url.size());
    address.host = url.substr(0, colon);
    port = url.substr(colon);
  }
  if (address.host.empty()) return mistake();
  if (port.empty()) return address;
  const char* end = port.data() + port.size();
  const auto [stopped, error] = std::from_chars(port.data() + 1, end, address.port);
  if (!port.starts_with(':') || error != std::errc{} || stopped != end) return mistake();
  return address;
}

std::string server_url(const Address& server) {
  const bool is_v6 = server.host.find(':') != std::string::npos;
  return "https://" + (is_v6 ? "[" + server.host + "]" : server.host) + ":" +
         std::to_string(server.port);
}

Result<std::string> read_text_file(const std::filesystem::path& file) {
  constexpr std::size_t kMax = fixed_limit("client.credentials_bytes");
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Errc::not_found, "cannot read " + file.string());
  std::string text;
  char buffer[4096];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMax) return fail(Errc::exhausted, file.string() + " is too long");
  }
  return text;
}

Result<Credentials> parse_credentials(std::string_view text) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, json::parse(text));
  const auto reader = json::ObjectReader::of(document);
  if (!reader) return json::as_error(reader.error());
  std::string values[4];
  const char* names[] = {"server", "anchors_pem", "client_id", "client_secret"};
  for (std::size_t i = 0; i < 4; ++i) {
    auto value = reader->text(names[i]);
    if (!value) return json::as_error(value.error());
    values[i] = std::move(value).value();
  }
  FASTNESS_ASSIGN_OR_RETURN(Address server, parse_server(values[0]));
  return Credentials{std::move(server), values[1], values[2], values[3]};
}

Result<Credentials> load_credentials(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return fail(Errc::not_found, "not logged in; run: fastness login https://host:port");
  }
  if ((status.st_mode & 077U) != 0) {
    return fail(Errc::permission_denied,
                "other users can read " + file.string() + "; run: chmod 600 " + file.string());
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, read_text_file(file));
  auto credentials = parse_credentials(text);
  if (!credentials) {
    return fail(Errc::corrupted, file.string() + ": " + credentials.error().message);
  }
  return credentials;
}

Result<void> save_credentials(const std::filesystem::path& file, const Credentials& credentials) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path().parent_path(), error);
  if (::mkdir(file.parent_path().c_str(), 0700) != 0 && errno != EEXIST) {
    return os::fail_with_errno("make " + file.parent_path().string());
  }
  json::Writer out;
  out.begin_object();
  out.field("server", server_url(credentials.server));
  out.field("anchors_pem", credentials.anchors_pem);
  out.field("client_id", credentials.client_id);
  out.field("client_secret", credentials.client_secret);
  out.end_object();
  return write_private_file(file, std::move(out).text() + "\n");
}

Result<void> write_private_file(const std::filesystem::path& file, std::string_view contents) {
  const std::string next = file.string() + ".new";
  ::unlink(next.c_str());
  {
    const os::Descriptor out(::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out.is_open()) return os::fail_with_errno("make " + next);
    FASTNESS_RETURN_IF_ERROR(write_all(out, contents));
  }
  if (::rename(next.c_str(), file.c_str()) != 0) {
    return os::fail_with_errno("make " + file.string());
  }
  return {};
}

Result<std::shared_ptr<const tls::ClientContext>> trusting(const std::string& pem,
                                                           std::optional<tls::Credential> shown) {
  std::string anchors = pem;
  if (anchors.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(anchors, read_text_file(kSystemAnchors));
  }
  tls::ClientContext::Options options;
  FASTNESS_ASSIGN_OR_RETURN(options.anchors,
                            crypto::all_from_pem(crypto::kCertificateLabel, anchors));
  if (options.anchors.empty()) return fail(Errc::invalid_argument, "no certificate to trust");
  options.credential = std::move(shown);
  FASTNESS_ASSIGN_OR_RETURN(auto context, tls::ClientContext::create(std::move(options)));
  return std::shared_ptr<const tls::ClientContext>(std::move(context));
}

}  // namespace fastness::client
