#include "certificates.h"

#include <algorithm>

#include "client/credentials.h"
#include "crypto/public_key/pem.h"

namespace fastness::cli {
namespace {

namespace fs = std::filesystem;

// Every NAME.key in the folder and one level below.
Result<std::vector<fs::path>> find_keys(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> keys;
  auto at = fs::recursive_directory_iterator(folder, code);
  for (const auto end = fs::recursive_directory_iterator(); !code && at != end;
       at.increment(code)) {
    if (at.depth() > 0) at.disable_recursion_pending();
    if (at->path().extension() == ".key") keys.push_back(at->path());
  }
  if (code) return fail(Errc::not_found, "cannot read " + folder.string() + ": " + code.message());
  std::ranges::sort(keys);
  return keys;
}

Result<std::string> certificate_beside(fs::path key) {
  for (const char* extension : {".crt", ".pem"}) {
    auto text = client::read_text_file(key.replace_extension(extension));
    if (text || text.error().code != Errc::not_found) return text;
  }
  return fail(Errc::not_found, key.replace_extension(".key").string() +
                                   " has no certificate beside it: " +
                                   key.replace_extension(".crt").filename().string() + " or .pem");
}

Result<std::shared_ptr<const tls::ClientContext>> context_of(const fs::path& key_file,
                                                             const std::vector<Bytes>& anchors) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string key, client::read_text_file(key_file));
  FASTNESS_ASSIGN_OR_RETURN(const std::string certificate, certificate_beside(key_file));
  tls::ClientContext::Options options;
  options.anchors = anchors;
  auto credential = tls::Credential::from_pem(certificate, key);
  if (!credential) {
    return fail(credential.error().code,
                key_file.string() + " and its certificate: " + credential.error().message);
  }
  options.credential = std::move(credential).value();
  FASTNESS_ASSIGN_OR_RETURN(auto context, tls::ClientContext::create(std::move(options)));
  return std::shared_ptr<const tls::ClientContext>(std::move(context));
}

}  // namespace

Result<std::vector<std::shared_ptr<const tls::ClientContext>>> read_certificates(
    const fs::path& folder, const std::string& anchors_pem, std::size_t count) {
  FASTNESS_ASSIGN_OR_RETURN(std::vector<fs::path> keys, find_keys(folder));
  if (keys.size() < count) {
    return fail(Errc::not_found, std::to_string(count) + " connections need as many devices, and " +
                                     folder.string() + " has keys of " +
                                     std::to_string(keys.size()));
  }
  keys.resize(count);
  FASTNESS_ASSIGN_OR_RETURN(const std::vector<Bytes> anchors,
                            crypto::all_from_pem(crypto::kCertificateLabel, anchors_pem));
  std::vector<std::shared_ptr<const tls::ClientContext>> contexts;
  for (const fs::path& key : keys) {
    FASTNESS_ASSIGN_OR_RETURN(auto context, context_of(key, anchors));
    contexts.push_back(std::move(context));
  }
  return contexts;
}

}  // namespace fastness::cli
