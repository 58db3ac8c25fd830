// The three headers, as the library that includes them expects: names and shapes are its own.
#include <algorithm>
#include <array>
#include <cstdio>

#include "client/enrolment.h"
#include "crypto/public_key/pem.h"
#include "crypto/x509/certificate.h"

namespace fastness::client {

namespace {

constexpr const char* kNote =
    "// Trust anchors of a Fastness instance: its active root, and the standby root that takes "
    "over\n"
    "// if the active one is ever lost. Put this file in place of the library's own, in\n"
    "// ArduinoIoTCloud/src/tls/.\n\n";

std::string c_text(const std::string& pem) {
  std::string out;
  for (std::size_t start = 0; start < pem.size();) {
    const std::size_t end = std::min(pem.find('\n', start), pem.size());
    out += "\"" + pem.substr(start, end - start) + "\\n\"\n";
    start = end + 1;
  }
  return out;
}

std::string c_bytes(ByteView bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::array<char, 8> text{};
    static_cast<void>(std::snprintf(text.data(), text.size(), "0x%02X", bytes[i]));  // it fits
    out += (i % 12 == 0 ? "  " : " ");
    out += text.data();
    if (i + 1 < bytes.size()) out += ',';
    if (i % 12 == 11 || i + 1 == bytes.size()) out += '\n';
  }
  return out;
}

std::string guarded(const std::string& macro, const std::string& body) {
  return kNote + ("#ifndef " + macro) + "\n#define " + macro + "\n\n#include <AIoTC_Config.h>\n\n" +
         body + "\n#endif\n";
}

std::string c_array(const std::string& name, ByteView bytes) {
  return "static const unsigned char " + name + "[] __attribute__((unused)) = {\n" +
         c_bytes(bytes) + "};\n\n";
}

// How the ESP32 core keeps a bundle: a count, then for each name and key their lengths and bytes,
// sorted by name.
Bytes bundle_of(const std::array<crypto::Certificate, 2>& roots) {
  std::array<const crypto::Certificate*, 2> sorted{&roots[0], &roots[1]};
  std::ranges::sort(sorted, [](const auto* a, const auto* b) {
    return std::ranges::lexicographical_compare(a->subject(), b->subject());
  });
  Bytes bundle;
  ByteWriter out(bundle);
  out.u16(static_cast<std::uint16_t>(sorted.size()));
  for (const crypto::Certificate* root : sorted) {
    out.u16(static_cast<std::uint16_t>(root->subject().size()));
    out.u16(static_cast<std::uint16_t>(root->spki().size()));
    out.raw(root->subject());
    out.raw(root->spki());
  }
  return bundle;
}

std::string user_password_header(const std::string& both,
                                 const std::array<crypto::Certificate, 2>& roots) {
  const Bytes bundle = bundle_of(roots);
  return guarded("_AIOTC_UP_CERT_H_",
                 "static const char AIoTUPCert[] __attribute__((unused)) =\n" + c_text(both) +
                     ";\n\n" + c_array("x509_crt_bundle", bundle) +
                     "static const unsigned int x509_crt_bundle_len __attribute__((unused)) = " +
                     std::to_string(bundle.size()) + ";\n");
}

std::string soft_element_header(const std::string& both) {
  return guarded("_AIOTC_SS_CERT_H_",
                 "#if defined(BOARD_HAS_SE050) || defined(BOARD_HAS_SOFTSE)\n\n"
                 "static const char AIoTSSCert[] =\n" +
                     c_text(both) + ";\n\n#endif\n");
}

Result<std::string> bearssl_header(const std::array<crypto::Certificate, 2>& roots) {
  std::string arrays;
  std::string anchors;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    FASTNESS_ASSIGN_OR_RETURN(const crypto::PublicKey key, roots[i].public_key());
    const std::string name = "TA" + std::to_string(i);
    arrays += c_array(name + "_DN", roots[i].subject()) + c_array(name + "_EC_Q", key.point());
    anchors += "  {\n    { (unsigned char *)" + name + "_DN, sizeof " + name +
               "_DN },\n    BR_X509_TA_CA,\n    { BR_KEYTYPE_EC, { .ec = { BR_EC_secp256r1,\n"
               "        (unsigned char *)" +
               name + "_EC_Q, sizeof " + name + "_EC_Q } } }\n  },\n";
  }
  return guarded("_BEAR_SSL_TRUST_ANCHOR_H_",
                 "#ifdef BOARD_HAS_SECURE_ELEMENT\n\n#include \"bearssl/bearssl_ssl.h\"\n\n" +
                     arrays +
                     "static const br_x509_trust_anchor ArduinoIoTCloudTrustAnchor[2] = {\n" +
                     anchors + "};\n\n#define ArduinoIoTCloudTrustAnchor_NUM (2)\n\n#endif\n");
}

}  // namespace

Result<ArduinoHeaders> arduino_headers(const Trust& trust) {
  FASTNESS_ASSIGN_OR_RETURN(crypto::Certificate active,
                            crypto::Certificate::parse_pem(trust.active_root_pem));
  FASTNESS_ASSIGN_OR_RETURN(crypto::Certificate standby,
                            crypto::Certificate::parse_pem(trust.standby_root_pem));
  // Written anew, so that nothing but base64 reaches a C text.
  const std::string both = active.to_pem() + standby.to_pem();
  const std::array<crypto::Certificate, 2> roots{std::move(active), std::move(standby)};
  FASTNESS_ASSIGN_OR_RETURN(std::string bearssl, bearssl_header(roots));
  return ArduinoHeaders{user_password_header(both, roots), soft_element_header(both),
                        std::move(bearssl)};
}

}  // namespace fastness::client
