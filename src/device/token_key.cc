#include "device/token_key.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <openssl/ec.h>
#include <p11-kit/pkcs11.h>

#include "device/certificates.h"
#include "device/handles.h"

namespace fastness::device {
namespace {

constexpr std::size_t kLongestPoint = 80;
constexpr std::size_t kHalf = 32;

Unexpected<Error> token_failed(const char* doing, CK_RV code) {
  if (code == CKR_PIN_INCORRECT || code == CKR_PIN_LEN_RANGE || code == CKR_PIN_LOCKED) {
    return fail(Errc::unauthenticated,
                "the token refused the PIN; after a few wrong ones most tokens lock");
  }
  char number[24];
  (void)std::snprintf(number, sizeof number, "0x%lx", code);
  return fail(Errc::unavailable, std::string("the token cannot ") + doing + ": CKR " + number);
}

// SubjectPublicKeyInfo of P-256 around an uncompressed point (RFC 5480).
Bytes spki_around(ByteView point) {
  Bytes spki = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
  spki.insert(spki.end(), point.begin(), point.end());
  return spki;
}

// r and s side by side, as ASN.1 has them (RFC 3279, 2.2.3).
Bytes to_der(const std::array<std::uint8_t, 2 * kHalf>& signature) {
  using SignaturePtr = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG, ECDSA_SIG_free>>;
  const SignaturePtr both(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(signature.data(), kHalf, nullptr);
  BIGNUM* s = BN_bin2bn(signature.data() + kHalf, kHalf, nullptr);
  if (!both || ECDSA_SIG_set0(both.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  Bytes der(static_cast<std::size_t>(std::max(i2d_ECDSA_SIG(both.get(), nullptr), 0)));
  unsigned char* at = der.data();
  (void)i2d_ECDSA_SIG(both.get(), &at);
  return der;
}

}  // namespace

// A module that runs, and a session with one of its tokens.
class TokenKey::Session {
 public:
  static Result<std::unique_ptr<Session>> open(const Place& place, std::string_view pin);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] Result<Bytes> public_key(const std::string& label);
  [[nodiscard]] Result<void> take_private_key(const std::string& label);
  [[nodiscard]] Result<std::array<std::uint8_t, 2 * kHalf>> sign(ByteView digest) const;

 private:
  explicit Session(void* library) : library_(library) {}
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<CK_SLOT_ID> slot_of(const std::string& label) const;
  [[nodiscard]] Result<CK_OBJECT_HANDLE> find(CK_OBJECT_CLASS which,
                                              const std::string& label) const;

  void* library_;
  CK_FUNCTION_LIST* functions_ = nullptr;  // null until it is started
  CK_SESSION_HANDLE session_ = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE private_key_ = CK_INVALID_HANDLE;
};

TokenKey::Session::~Session() {
  if (session_ != CK_INVALID_HANDLE) functions_->C_CloseSession(session_);  // logs out, too
  if (functions_ != nullptr) functions_->C_Finalize(nullptr);
  ::dlclose(library_);
}

Result<std::unique_ptr<TokenKey::Session>> TokenKey::Session::open(const Place& place,
                                                                   std::string_view pin) {
  // By its whole path: no search of the system decides whose code runs here.
  if (!place.module.is_absolute()) {
    return fail(Errc::invalid_argument, "a PKCS#11 module is named by its whole path");
  }
  void* library = ::dlopen(place.module.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(Errc::not_found, "no PKCS#11 module at " + place.module.string());
  }
  std::unique_ptr<Session> session(new Session(library));
  FASTNESS_RETURN_IF_ERROR(session->start());
  FASTNESS_ASSIGN_OR_RETURN(const CK_SLOT_ID slot, session->slot_of(place.token));
  CK_RV code = session->functions_->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr,
                                                  &session->session_);
  if (code != CKR_OK) return token_failed("open a session", code);
  auto* digits = reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(pin.data()));
  code = session->functions_->C_Login(session->session_, CKU_USER, digits, pin.size());
  if (code != CKR_OK) return token_failed("log in", code);
  return session;
}

Result<void> TokenKey::Session::start() {
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library_, "C_GetFunctionList"));
  CK_FUNCTION_LIST* list = nullptr;
  if (get == nullptr || get(&list) != CKR_OK || list == nullptr) {
    return fail(Errc::invalid_argument, "the library is no PKCS#11 module");
  }
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  if (const CK_RV code = list->C_Initialize(&arguments); code != CKR_OK) {
    return token_failed("start", code);
  }
  functions_ = list;
  return {};
}

Result<CK_SLOT_ID> TokenKey::Session::slot_of(const std::string& label) const {
  CK_ULONG count = 0;
  CK_RV code = functions_->C_GetSlotList(CK_TRUE, nullptr, &count);
  std::vector<CK_SLOT_ID> slots(count);
  if (code == CKR_OK) code = functions_->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (code != CKR_OK) return token_failed("list its slots", code);
  slots.resize(std::min<std::size_t>(count, slots.size()));
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    if (functions_->C_GetTokenInfo(slot, &info) != CKR_OK) continue;
    std::string name(reinterpret_cast<const char*>(info.label), sizeof info.label);
    name.erase(name.find_last_not_of(' ') + 1);  // they are padded with blanks
    if (name == label) return slot;
  }
  return fail(Errc::not_found, "no token is called " + label);
}

Result<CK_OBJECT_HANDLE> TokenKey::Session::find(CK_OBJECT_CLASS which,
                                                 const std::string& label) const {
  CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &which, sizeof which},
                           {CKA_LABEL, const_cast<char*>(label.data()), label.size()}};
  std::array<CK_OBJECT_HANDLE, 2> found{};
  CK_ULONG count = 0;
  CK_RV code = functions_->C_FindObjectsInit(session_, wanted, std::size(wanted));
  if (code == CKR_OK) {
    code = functions_->C_FindObjects(session_, found.data(), found.size(), &count);
    functions_->C_FindObjectsFinal(session_);
  }
  if (code != CKR_OK) return token_failed("look for a key", code);
  if (count == 1) return found.front();
  return fail(
      Errc::not_found,
      (count == 0 ? "the token has no key called " : "the token has two keys called ") + label);
}

Result<Bytes> TokenKey::Session::public_key(const std::string& label) {
  FASTNESS_ASSIGN_OR_RETURN(const CK_OBJECT_HANDLE handle, find(CKO_PUBLIC_KEY, label));
  Bytes value(kLongestPoint);
  CK_ATTRIBUTE point{CKA_EC_POINT, value.data(), value.size()};
  const CK_RV code = functions_->C_GetAttributeValue(session_, handle, &point, 1);
  if (code != CKR_OK) return token_failed("show a public key", code);
  value.resize(std::min<std::size_t>(point.ulValueLen, value.size()));
  // An OCTET STRING around the point; some modules leave it out (PKCS #11 2.40, 2.3.3).
  constexpr std::size_t kPoint = 1 + 2 * kHalf;
  if (value.size() == kPoint + 2) value.erase(value.begin(), value.begin() + 2);
  const Bytes spki = spki_around(value);
  const unsigned char* at = spki.data();
  const PublicKeyPtr checked(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  if (value.size() == kPoint && checked) return spki;
  return fail(Errc::corrupted, "the token's key is none on P-256");
}

// One that could be read out is no better than a file, and says that it is.
Result<void> TokenKey::Session::take_private_key(const std::string& label) {
  FASTNESS_ASSIGN_OR_RETURN(private_key_, find(CKO_PRIVATE_KEY, label));
  CK_BBOOL is_sensitive = CK_FALSE;
  CK_BBOOL is_extractable = CK_TRUE;
  CK_ATTRIBUTE told[] = {{CKA_SENSITIVE, &is_sensitive, sizeof is_sensitive},
                         {CKA_EXTRACTABLE, &is_extractable, sizeof is_extractable}};
  const CK_RV code = functions_->C_GetAttributeValue(session_, private_key_, told, std::size(told));
  if (code != CKR_OK) return token_failed("describe a key", code);
  if (is_sensitive == CK_TRUE && is_extractable == CK_FALSE) return {};
  return fail(Errc::permission_denied,
              "the token would give this key away: make one that is sensitive and not extractable");
}

Result<std::array<std::uint8_t, 2 * kHalf>> TokenKey::Session::sign(ByteView digest) const {
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  CK_RV code = functions_->C_SignInit(session_, &mechanism, private_key_);
  if (code != CKR_OK) return token_failed("sign", code);
  std::array<std::uint8_t, 2 * kHalf> signature{};
  CK_ULONG size = signature.size();
  code = functions_->C_Sign(session_, const_cast<std::uint8_t*>(digest.data()), digest.size(),
                            signature.data(), &size);
  if (code != CKR_OK) return token_failed("sign", code);
  if (size == signature.size()) return signature;
  return fail(Errc::unavailable, "the token's signature is of another curve");
}

TokenKey::TokenKey(std::unique_ptr<Session> session, Bytes public_key)
    : session_(std::move(session)), public_key_(std::move(public_key)) {}
TokenKey::TokenKey(TokenKey&&) noexcept = default;
TokenKey& TokenKey::operator=(TokenKey&&) noexcept = default;
TokenKey::~TokenKey() = default;

Result<TokenKey> TokenKey::open(const Place& place, std::string_view pin) {
  FASTNESS_ASSIGN_OR_RETURN(auto session, Session::open(place, pin));
  FASTNESS_RETURN_IF_ERROR(session->take_private_key(place.key));
  FASTNESS_ASSIGN_OR_RETURN(Bytes public_key, session->public_key(place.key));
  return TokenKey(std::move(session), std::move(public_key));
}

Result<Bytes> TokenKey::sign(ByteView message) const {
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, session_->sign(digest_of(message)));
  return to_der(signature);
}

}  // namespace fastness::device
