// Makes identities for the load generator, all in one process: P-256 keys, and for each either a
// certificate request for others to sign, or a certificate of a CA that is made here.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freer<Free>>;

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;
using File = Owned<std::FILE, std::fclose>;

constexpr long kLifeSeconds = 30L * 24 * 3600;

void require(bool good, const std::string& what) {
  if (good) return;
  std::cerr << "fastness_identities: " << what << '\n';
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
}

File create(const std::string& path) {
  File file(std::fopen(path.c_str(), "w"));
  require(file != nullptr, "cannot write " + path);
  return file;
}

Key make_key(const std::string& base) {
  Key key(EVP_EC_gen("P-256"));
  require(key != nullptr && PEM_write_PrivateKey(create(base + ".key").get(), key.get(), nullptr,
                                                 nullptr, 0, nullptr, nullptr) == 1,
          "cannot make a key");
  return key;
}

void set_common_name(X509_NAME* name, const std::string& text) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "an extension");
}

void write_request(const std::string& base, EVP_PKEY* key) {
  Owned<X509_REQ, X509_REQ_free> request(X509_REQ_new());
  set_common_name(X509_REQ_get_subject_name(request.get()), "bench");
  require(X509_REQ_set_pubkey(request.get(), key) == 1 &&
              X509_REQ_sign(request.get(), key, EVP_sha256()) > 0 &&
              PEM_write_X509_REQ(create(base + ".csr").get(), request.get()) == 1,
          "cannot make a request");
}

class Authority {
 public:
  explicit Authority(const std::string& folder) : key_(make_key(folder + "/ca")) {
    certificate_ = unsigned_certificate("bench CA", key_.get());
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    add_extension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    sign_and_write(certificate_.get(), folder + "/ca");
  }

  void issue(const std::string& base, const std::string& name) {
    const Key key = make_key(base);
    const Certificate leaf = unsigned_certificate(name, key.get());
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get()));
    add_extension(leaf.get(), NID_subject_alt_name, "DNS:" + name);
    sign_and_write(leaf.get(), base);
  }

 private:
  Certificate unsigned_certificate(const std::string& name, EVP_PKEY* key) {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kLifeSeconds);
    set_common_name(X509_get_subject_name(certificate.get()), name);
    X509_set_pubkey(certificate.get(), key);
    return certificate;
  }

  void sign_and_write(X509* certificate, const std::string& base) {
    require(X509_sign(certificate, key_.get(), EVP_sha256()) > 0 &&
                PEM_write_X509(create(base + ".pem").get(), certificate) == 1,
            "cannot sign a certificate");
  }

  Key key_;
  Certificate certificate_;
  long serial_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  int from = 0;
  int count = 100;
  bool is_signed_here = false;
  CLI::App app("Makes keys with certificate requests, or certificates of a new CA");
  app.add_option("folder", folder, "for N.key and N.csr, or N.pem")->required();
  app.add_option("--from", from, "the first N");
  app.add_option("--count", count)->check(CLI::PositiveNumber);
  app.add_flag("--sign", is_signed_here,
               "certificates, with ca.pem and one for the server, named localhost");
  CLI11_PARSE(app, argc, argv);

  std::filesystem::create_directories(folder);
  const auto base = [&](int number) { return folder + "/" + std::to_string(number); };
  if (!is_signed_here) {
    for (int i = from; i < from + count; ++i) write_request(base(i), make_key(base(i)).get());
    return 0;
  }
  Authority authority(folder);
  authority.issue(folder + "/server", "localhost");
  for (int i = from; i < from + count; ++i) {
    authority.issue(base(i), "bench-" + std::to_string(i));
  }
  return 0;
}
