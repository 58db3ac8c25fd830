// Owners of OpenSSL's objects, for the .cc files of this folder alone.
#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/bytes.h"

namespace fastness::device {

template <typename T, void (*free_it)(T*)>
struct FreeWith {
  void operator()(T* object) const noexcept { free_it(object); }
};
struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX, EVP_MD_CTX_free>>;
using PublicKeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY, EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeWith<X509, X509_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, FreeWith<X509_REQ, X509_REQ_free>>;
using MessagePtr = std::unique_ptr<PKCS7, FreeWith<PKCS7, PKCS7_free>>;

// SubjectPublicKeyInfo, DER; empty if OpenSSL cannot spell it.
[[nodiscard]] inline Bytes public_key_of(EVP_PKEY* key) {
  const int size = i2d_PUBKEY(key, nullptr);
  if (size <= 0) return {};
  Bytes spki(static_cast<std::size_t>(size));
  unsigned char* at = spki.data();
  (void)i2d_PUBKEY(key, &at);
  return spki;
}

}  // namespace fastness::device
