// OpenSSL handles, for the .cc files of this folder only.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "crypto/handle.h"

namespace fastness::tls {

using crypto::Handle;

using BioPtr = Handle<BIO, BIO_free>;
using PkeyPtr = Handle<EVP_PKEY, EVP_PKEY_free>;
using X509Ptr = Handle<X509, X509_free>;
using SslPtr = Handle<SSL, SSL_free>;
using SslContextPtr = Handle<SSL_CTX, SSL_CTX_free>;
using SslSessionPtr = Handle<SSL_SESSION, SSL_SESSION_free>;

}  // namespace fastness::tls
