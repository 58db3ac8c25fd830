#include "crypto/ocsp/status_request.h"

#include <array>

#include <openssl/evp.h>

#include "crypto/digest.h"
#include "crypto/require.h"
#include "crypto/x509/der.h"
#include "crypto/x509/malformed.h"
#include "crypto/x509/object_identifiers.h"

namespace fastness::crypto {
namespace {

constexpr std::size_t kLongestSerial = 20;  // RFC 5280, 4.1.2.2
constexpr std::size_t kSha1Size = 20;
constexpr std::size_t kSha256Size = 32;

Bytes hash_of(IssuerHash algorithm, ByteView data) {
  if (algorithm == IssuerHash::sha256) return to_bytes(sha256(data));
  Bytes digest(kSha1Size);
  require(EVP_Digest(data.data(), data.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1);
  return digest;
}

// An AlgorithmIdentifier whose parameters are absent or NULL (RFC 5754, 2).
Result<IssuerHash> read_hash(der::Reader& reader) {
  FASTNESS_ASSIGN_OR_RETURN(const der::Element algorithm, reader.expect(der::Tag::sequence));
  der::Reader inside(algorithm.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element id, inside.expect(der::Tag::object_identifier));
  if (!inside.at_end()) {
    FASTNESS_ASSIGN_OR_RETURN(const der::Element none, inside.expect(der::Tag::null));
    if (!none.content.empty()) return malformed("a NULL has a content");
  }
  FASTNESS_RETURN_IF_ERROR(inside.finish());
  if (oid::is(id.content, oid::kSha1)) return IssuerHash::sha1;
  if (oid::is(id.content, oid::kSha256)) return IssuerHash::sha256;
  return malformed("an issuer is named by a hash that nobody uses");
}

Result<Bytes> read_digest(der::Reader& reader, IssuerHash algorithm) {
  FASTNESS_ASSIGN_OR_RETURN(const der::Element digest, reader.expect(der::Tag::octet_string));
  const std::size_t size = algorithm == IssuerHash::sha1 ? kSha1Size : kSha256Size;
  if (digest.content.size() != size) return malformed("a hash has another size than its kind");
  return to_bytes(digest.content);
}

Result<Bytes> read_nonce(ByteView value) {
  der::Reader reader(value);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element nonce, reader.expect(der::Tag::octet_string));
  FASTNESS_RETURN_IF_ERROR(reader.finish());
  if (nonce.content.empty() || nonce.content.size() > StatusRequest::kLongestNonce) {
    return malformed("a nonce has 1 to 32 bytes");
  }
  return to_bytes(nonce.content);
}

// The extensions inside their explicit tag. Returns the nonce among them, empty if there is none.
Result<Bytes> read_status_extensions(ByteView wrapped) {
  der::Reader outer(wrapped);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element list, outer.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(outer.finish());
  Bytes nonce;
  for (der::Reader extensions(list.content); !extensions.at_end();) {
    FASTNESS_ASSIGN_OR_RETURN(const der::Element extension, extensions.expect(der::Tag::sequence));
    der::Reader parts(extension.content);
    FASTNESS_ASSIGN_OR_RETURN(const der::Element id, parts.expect(der::Tag::object_identifier));
    const bool is_critical = parts.next_is(der::Tag::boolean);
    if (is_critical) {
      FASTNESS_ASSIGN_OR_RETURN(const der::Element flag, parts.next());
      if (flag.content.size() != 1 || flag.content[0] != 0xff) {
        return malformed("a BOOLEAN is not spelled as DER does");
      }
    }
    FASTNESS_ASSIGN_OR_RETURN(const der::Element value, parts.expect(der::Tag::octet_string));
    FASTNESS_RETURN_IF_ERROR(parts.finish());
    if (oid::is(id.content, oid::kOcspNonce)) {
      if (!nonce.empty()) return malformed("a request has two nonces");
      FASTNESS_ASSIGN_OR_RETURN(nonce, read_nonce(value.content));
    } else if (is_critical) {
      return malformed("a request insists on an extension that nobody knows");
    }
  }
  return nonce;
}

Result<StatusRequest::Asked> read_asked(ByteView request) {
  der::Reader parts(request);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element named, parts.expect(der::Tag::sequence));
  der::Reader certificate(named.content);
  StatusRequest::Asked asked;
  FASTNESS_ASSIGN_OR_RETURN(asked.issuer.algorithm, read_hash(certificate));
  FASTNESS_ASSIGN_OR_RETURN(asked.issuer.name, read_digest(certificate, asked.issuer.algorithm));
  FASTNESS_ASSIGN_OR_RETURN(asked.issuer.key, read_digest(certificate, asked.issuer.algorithm));
  FASTNESS_ASSIGN_OR_RETURN(const ByteView serial, certificate.expect_unsigned());
  FASTNESS_RETURN_IF_ERROR(certificate.finish());
  if (serial.size() > kLongestSerial) return malformed("a serial number is too long");
  asked.serial = to_bytes(serial);
  if (parts.next_is(der::context_tag(0))) {
    FASTNESS_ASSIGN_OR_RETURN(const der::Element wrapped, parts.next());
    FASTNESS_RETURN_IF_ERROR(read_status_extensions(wrapped.content));
  }
  FASTNESS_RETURN_IF_ERROR(parts.finish());
  return asked;
}

Result<void> read_asked_list(StatusRequest& request, ByteView list) {
  for (der::Reader requests(list); !requests.at_end();) {
    if (request.asked.size() == StatusRequest::kMaxAsked) {
      return malformed("a request asks about too many certificates");
    }
    FASTNESS_ASSIGN_OR_RETURN(const der::Element each, requests.expect(der::Tag::sequence));
    FASTNESS_ASSIGN_OR_RETURN(StatusRequest::Asked asked, read_asked(each.content));
    request.asked.push_back(std::move(asked));
  }
  if (request.asked.empty()) return malformed("a request asks about no certificate");
  return {};
}

// TBSRequest. Its version is the default, so DER leaves it out.
Result<StatusRequest> read_status_request(ByteView body) {
  der::Reader parts(body);
  if (parts.next_is(der::context_tag(1))) FASTNESS_RETURN_IF_ERROR(parts.next());  // who asks
  FASTNESS_ASSIGN_OR_RETURN(const der::Element list, parts.expect(der::Tag::sequence));
  StatusRequest request;
  FASTNESS_RETURN_IF_ERROR(read_asked_list(request, list.content));
  if (parts.next_is(der::context_tag(2))) {
    FASTNESS_ASSIGN_OR_RETURN(const der::Element wrapped, parts.next());
    FASTNESS_ASSIGN_OR_RETURN(request.nonce, read_status_extensions(wrapped.content));
  }
  FASTNESS_RETURN_IF_ERROR(parts.finish());
  return request;
}

}  // namespace

IssuerId issuer_id(IssuerHash algorithm, ByteView encoded_name, const PublicKey::Point& key) {
  return {algorithm, hash_of(algorithm, encoded_name), hash_of(algorithm, key)};
}

Result<StatusRequest> StatusRequest::parse(ByteView untrusted_der) {
  if (untrusted_der.size() > kMaxSize) return malformed("a request for a status is too large");
  der::Reader outer(untrusted_der);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element whole, outer.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(outer.finish());
  der::Reader parts(whole.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element body, parts.expect(der::Tag::sequence));
  if (parts.next_is(der::context_tag(0))) FASTNESS_RETURN_IF_ERROR(parts.next());  // a signature
  FASTNESS_RETURN_IF_ERROR(parts.finish());
  return read_status_request(body.content);
}

}  // namespace fastness::crypto
