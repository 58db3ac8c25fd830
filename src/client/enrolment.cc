#include "client/enrolment.h"

#include <cerrno>
#include <fstream>
#include <limits>

#include <sys/stat.h>

#include "crypto/public_key/pem.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_request.h"
#include "json/object_reader.h"
#include "json/writer.h"
#include "os/files/descriptor.h"
#include "roots/root_set.h"

namespace fastness::client {

namespace {

constexpr const char* kKeyFile = "device.key";
constexpr const char* kCertificateFile = "device.crt";
constexpr const char* kTrustFile = "ca.crt";

Result<std::string> text_of(const json::Value& object, std::string_view name) {
  const auto reader = json::ObjectReader::of(object);
  if (!reader) return json::as_error(reader.error());
  auto text = reader->text(name);
  if (!text) return json::as_error(text.error());
  return std::move(text).value();
}

Result<void> write_public_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!(out << text).flush()) return os::fail_with_errno("cannot write " + path.string());
  return {};
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code ignored;  // what matters is whether the folder itself can be made
  std::filesystem::create_directories(folder.parent_path(), ignored);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return os::fail_with_errno("make " + folder.string());
  }
  return {};
}

Result<crypto::PrivateKey> load_key(const std::filesystem::path& folder) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string pem, read_text_file(folder / kKeyFile));
  FASTNESS_ASSIGN_OR_RETURN(Bytes der, crypto::from_pem(crypto::kPrivateKeyLabel, pem));
  return crypto::PrivateKey::from_pkcs8(crypto::SecretBytes::take(der));
}

Result<crypto::PrivateKey> load_or_make_key(const std::filesystem::path& folder) {
  auto found = load_key(folder);
  if (found || found.error().code != Errc::not_found) return found;
  crypto::PrivateKey key = crypto::PrivateKey::generate();
  FASTNESS_RETURN_IF_ERROR(write_private_file(
      folder / kKeyFile, crypto::to_pem(crypto::kPrivateKeyLabel, key.to_pkcs8().reveal())));
  return key;
}

// A key serves one device: two that share one could pass for each other.
Result<void> check_owner(const std::filesystem::path& folder, const std::string& device_id) {
  const auto pem = read_text_file(folder / kCertificateFile);
  if (!pem) return {};
  const auto certificate = crypto::Certificate::parse_pem(*pem);
  if (certificate && as_text(certificate->subject()).find(device_id) != std::string_view::npos) {
    return {};
  }
  return fail(Errc::already_exists,
              folder.string() + " holds another certificate; name another folder with --out");
}

}  // namespace

Result<std::string> enrol_request(Api& api, const std::string& device_id,
                                  const std::string& request_pem, const std::string& profile) {
  json::Writer body;
  body.begin_object();
  body.field("csr_pem", request_pem);
  body.field("profile", profile);
  body.end_object();
  FASTNESS_ASSIGN_OR_RETURN(
      const json::Value issued,
      api.send("POST", "/api/v1/devices/" + percent_encode(device_id) + "/enrol",
               std::move(body).text()));
  return text_of(issued, "certificate_pem");
}

Result<DeviceIdentity> enrol_device(Api& api, const std::string& device_id, crypto::PrivateKey key,
                                    const std::string& profile) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes request, crypto::CertificateRequest::build(key, device_id));
  FASTNESS_ASSIGN_OR_RETURN(
      std::string certificate,
      enrol_request(api, device_id, crypto::to_pem(crypto::kCertificateRequestLabel, request),
                    profile));
  return DeviceIdentity{device_id, std::move(key), std::move(certificate)};
}

Result<std::string> Trust::to_text() const {
  const auto active = crypto::from_pem(crypto::kCertificateLabel, active_root_pem);
  const auto standby = crypto::from_pem(crypto::kCertificateLabel, standby_root_pem);
  if (!active || !standby) return fail(Errc::corrupted, "the server gave no roots");
  const auto set = roots::RootSet::make(root_set, *active, *standby);
  if (!set) return fail(Errc::corrupted, "the server's roots are none: " + set.error().message);
  return set->to_text();
}

Result<Trust> fetch_trust(Api& api) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value trust, api.get("/api/v1/trust"));
  return trust_in(trust);
}

Result<Trust> trust_in(const json::Value& trust) {
  FASTNESS_ASSIGN_OR_RETURN(std::string active, text_of(trust, "active_root_pem"));
  FASTNESS_ASSIGN_OR_RETURN(std::string standby, text_of(trust, "standby_root_pem"));
  const json::Value* fingerprints = trust.find("fingerprints");
  if (fingerprints == nullptr) return fail(Errc::corrupted, "the server gave no fingerprints");
  FASTNESS_ASSIGN_OR_RETURN(std::string fingerprint, text_of(*fingerprints, "active_root"));
  const json::Value* number = trust.find("root_set");
  const auto* root_set = number != nullptr ? number->get<std::int64_t>() : nullptr;
  if (root_set == nullptr || *root_set < 1 ||
      *root_set > std::numeric_limits<std::int32_t>::max()) {
    return fail(Errc::corrupted, "the server gave its roots no number");
  }
  return Trust{std::move(active), std::move(standby), std::move(fingerprint),
               static_cast<std::uint32_t>(*root_set)};
}

Result<crypto::PrivateKey> find_or_make_key(const std::filesystem::path& folder,
                                            const std::string& device_id) {
  FASTNESS_RETURN_IF_ERROR(make_folder(folder));
  FASTNESS_RETURN_IF_ERROR(check_owner(folder, device_id));
  return load_or_make_key(folder);
}

Result<crypto::PrivateKey> find_or_make_first_key(const std::filesystem::path& folder) {
  FASTNESS_RETURN_IF_ERROR(make_folder(folder));
  if (std::filesystem::exists(folder / kCertificateFile)) {
    return fail(Errc::already_exists,
                folder.string() +
                    " holds a certificate already: renew it with `fastness device "
                    "renew`, or name another folder with --out");
  }
  return load_or_make_key(folder);
}

Result<void> save_certificate(const std::filesystem::path& folder, const std::string& device_id,
                              const std::string& certificate_pem, const Trust& trust) {
  FASTNESS_RETURN_IF_ERROR(make_folder(folder));
  FASTNESS_RETURN_IF_ERROR(check_owner(folder, device_id));
  FASTNESS_ASSIGN_OR_RETURN(const std::string roots, trust.to_text());
  FASTNESS_RETURN_IF_ERROR(write_public_file(folder / kTrustFile, roots));
  return write_public_file(folder / kCertificateFile, certificate_pem);
}

Result<DeviceIdentity> load_identity(const std::filesystem::path& folder,
                                     const std::string& device_id) {
  FASTNESS_ASSIGN_OR_RETURN(crypto::PrivateKey key, load_key(folder));
  FASTNESS_ASSIGN_OR_RETURN(std::string certificate, read_text_file(folder / kCertificateFile));
  return DeviceIdentity{device_id, std::move(key), std::move(certificate)};
}

Result<DeviceIdentity> load_identity(const std::filesystem::path& folder) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string pem, read_text_file(folder / kCertificateFile));
  FASTNESS_ASSIGN_OR_RETURN(const auto certificate, crypto::Certificate::parse_pem(pem));
  return load_identity(folder, certificate.common_name());
}

std::filesystem::path anchors_path(const std::filesystem::path& folder) {
  return folder / kTrustFile;
}

Result<std::string> load_anchors(const std::filesystem::path& folder) {
  return read_text_file(anchors_path(folder));
}

}  // namespace fastness::client
