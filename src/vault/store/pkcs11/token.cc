#include "vault/store/pkcs11/token.h"

#include <algorithm>
#include <utility>

#include "vault/store/pkcs11/functions.h"

namespace fastness::vault::pkcs11 {
namespace {

// OBJECT IDENTIFIER of P-256 (RFC 5480, 2.1.1.1), DER.
constexpr std::array<std::uint8_t, 10> kP256 = {0x06, 0x08, 0x2a, 0x86, 0x48,
                                                0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr std::size_t kLongestPoint = 80;

// A template points at values that only a C interface wants to be able to change.
template <typename T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const T& value) {
  return {type, const_cast<T*>(&value), sizeof value};
}
CK_ATTRIBUTE text_attribute(CK_ATTRIBUTE_TYPE type, std::string_view text) {
  return {type, const_cast<char*>(text.data()), text.size()};
}
CK_ATTRIBUTE bytes_attribute(CK_ATTRIBUTE_TYPE type, ByteView bytes) {
  return {type, const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

// Labels are padded with blanks to their 32 bytes.
std::string label_of(const CK_TOKEN_INFO& info) {
  std::string label(reinterpret_cast<const char*>(info.label), sizeof info.label);
  label.erase(label.find_last_not_of(' ') + 1);
  return label;
}

Result<std::vector<CK_SLOT_ID>> slots_with_tokens(const Module::Functions& functions) {
  CK_ULONG count = 0;
  CK_RV code = functions->C_GetSlotList(CK_TRUE, nullptr, &count);
  std::vector<CK_SLOT_ID> slots(count);
  if (code == CKR_OK) code = functions->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (code != CKR_OK) return failed("list its slots", code);
  slots.resize(std::min<std::size_t>(count, slots.size()));
  return slots;
}

Result<CK_SLOT_ID> slot_of(const Module::Functions& functions, const std::string& label) {
  FASTNESS_ASSIGN_OR_RETURN(const std::vector<CK_SLOT_ID> slots, slots_with_tokens(functions));
  std::vector<CK_SLOT_ID> found;
  std::string others;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    if (functions->C_GetTokenInfo(slot, &info) != CKR_OK) continue;
    if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
    if (label_of(info) == label) found.push_back(slot);
    others += (others.empty() ? "" : ", ") + label_of(info);
  }
  if (found.size() == 1) return found.front();
  return fail(Errc::not_found,
              (found.empty() ? "no token is called " : "more than one token is called ") + label +
                  "; the module has " + (others.empty() ? "none that is initialised" : others));
}

// A TPM has room for three keys, one of which is always the parent of the others. Its module loads
// a key when it is first used and lets go of it at the logout.
bool keeps_keys_loaded(const Module::Functions& functions) {
  CK_INFO info{};
  if (functions->C_GetInfo(&info) != CKR_OK) return false;
  const std::string_view maker(reinterpret_cast<const char*>(info.manufacturerID),
                               sizeof info.manufacturerID);
  return maker.starts_with("tpm2-software.github.io");
}

}  // namespace

Result<std::unique_ptr<Token>> Token::open(const Module& module, const std::string& label,
                                           const crypto::SecretBytes& pin) {
  const Module::Functions& functions = module.functions();
  FASTNESS_ASSIGN_OR_RETURN(const CK_SLOT_ID slot, slot_of(functions, label));
  CK_SESSION_HANDLE session = 0;
  if (const CK_RV code = functions->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                                  nullptr, nullptr, &session);
      code != CKR_OK) {
    return failed("open a session", code);
  }
  std::unique_ptr<Token> token(new Token(functions, session));
  FASTNESS_RETURN_IF_ERROR(token->log_in(pin));
  if (keeps_keys_loaded(functions)) {
    token->pin_for_room_.emplace(pin.size());
    std::ranges::copy(pin.reveal(), token->pin_for_room_->reveal().begin());
  }
  return token;
}

Result<void> Token::log_in(const crypto::SecretBytes& pin) {
  const auto digits = pin.reveal();
  const CK_RV code = functions_->C_Login(session_, CKU_USER,
                                         const_cast<std::uint8_t*>(digits.data()), digits.size());
  if (code != CKR_OK) return failed("log in", code);
  is_logged_in_ = true;
  return {};
}

// Before another key is used than the one that is loaded. Trying first and making room when it
// fails would not do: tpm2-pkcs11 then counts that key as in use, and destroys it no more.
Result<void> Token::make_room_for(std::optional<ObjectHandle> key) {
  if (!pin_for_room_ || !in_use_ || in_use_ == key) return {};
  in_use_.reset();
  is_logged_in_ = false;
  if (const CK_RV code = functions_->C_Logout(session_); code != CKR_OK) {
    return failed("log out", code);
  }
  return log_in(*pin_for_room_);
}

Token::~Token() {
  if (is_logged_in_) functions_->C_Logout(session_);
  functions_->C_CloseSession(session_);
}

Result<std::optional<ObjectHandle>> Token::find(Kind kind, const std::string& label) const {
  const CK_OBJECT_CLASS which = kind == Kind::private_key ? CKO_PRIVATE_KEY : CKO_PUBLIC_KEY;
  CK_ATTRIBUTE wanted[] = {attribute(CKA_CLASS, which), text_attribute(CKA_LABEL, label)};
  std::array<CK_OBJECT_HANDLE, 2> found{};
  CK_ULONG count = 0;
  CK_RV code = functions_->C_FindObjectsInit(session_, wanted, std::size(wanted));
  if (code != CKR_OK) return failed("look for a key", code);
  code = functions_->C_FindObjects(session_, found.data(), found.size(), &count);
  functions_->C_FindObjectsFinal(session_);
  if (code != CKR_OK) return failed("look for a key", code);
  if (count > 1) return fail(Errc::corrupted, "the token has two keys called " + label);
  return count == 0 ? std::nullopt : std::optional<ObjectHandle>(found.front());
}

Result<ObjectHandle> Token::make_p256(const std::string& label) {
  FASTNESS_RETURN_IF_ERROR(make_room_for(std::nullopt));
  CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  const CK_BBOOL yes = CK_TRUE;
  const CK_BBOOL no = CK_FALSE;
  CK_ATTRIBUTE open_part[] = {bytes_attribute(CKA_EC_PARAMS, kP256), attribute(CKA_TOKEN, yes),
                              attribute(CKA_VERIFY, yes), text_attribute(CKA_LABEL, label),
                              text_attribute(CKA_ID, label)};
  CK_ATTRIBUTE secret_part[] = {attribute(CKA_TOKEN, yes),        attribute(CKA_PRIVATE, yes),
                                attribute(CKA_SENSITIVE, yes),    attribute(CKA_EXTRACTABLE, no),
                                attribute(CKA_SIGN, yes),         attribute(CKA_DERIVE, no),
                                text_attribute(CKA_LABEL, label), text_attribute(CKA_ID, label)};
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  const CK_RV code =
      functions_->C_GenerateKeyPair(session_, &mechanism, open_part, std::size(open_part),
                                    secret_part, std::size(secret_part), &public_key, &private_key);
  if (code != CKR_OK) return failed("make a key", code);
  in_use_ = private_key;
  if (auto stays = check_that_it_stays(private_key); !stays) {
    (void)destroy(private_key);
    (void)destroy(public_key);
    return propagate(std::move(stays));
  }
  return private_key;
}

// What the token says of the key, and whether it keeps to it.
Result<void> Token::check_that_it_stays(ObjectHandle private_key) const {
  CK_BBOOL is_sensitive = CK_FALSE;
  CK_BBOOL is_extractable = CK_TRUE;
  CK_BBOOL was_made_here = CK_FALSE;
  CK_ATTRIBUTE told[] = {{CKA_SENSITIVE, &is_sensitive, sizeof is_sensitive},
                         {CKA_EXTRACTABLE, &is_extractable, sizeof is_extractable},
                         {CKA_LOCAL, &was_made_here, sizeof was_made_here}};
  const CK_RV code = functions_->C_GetAttributeValue(session_, private_key, told, std::size(told));
  if (code != CKR_OK) return failed("describe a key", code);
  CK_ATTRIBUTE value{CKA_VALUE, nullptr, 0};
  const bool is_readable =
      functions_->C_GetAttributeValue(session_, private_key, &value, 1) == CKR_OK;
  if (is_sensitive == CK_TRUE && is_extractable == CK_FALSE && was_made_here == CK_TRUE &&
      !is_readable) {
    return {};
  }
  return fail(Errc::permission_denied, "the token made a key that could be taken out of it");
}

Result<Bytes> Token::point_of(ObjectHandle public_key) const {
  Bytes value(kLongestPoint);
  CK_ATTRIBUTE point{CKA_EC_POINT, value.data(), value.size()};
  const CK_RV code = functions_->C_GetAttributeValue(session_, public_key, &point, 1);
  if (code != CKR_OK) return failed("show a public key", code);
  value.resize(std::min<std::size_t>(point.ulValueLen, value.size()));
  // An OCTET STRING around the point; some modules leave it out (PKCS #11 2.40, 2.3.3).
  constexpr std::uint8_t kOctetString = 4;
  const bool is_wrapped =
      value.size() > 2 && value[0] == kOctetString && value[1] == value.size() - 2;
  if (is_wrapped) value.erase(value.begin(), value.begin() + 2);
  return value;
}

Result<std::array<std::uint8_t, 64>> Token::sign(ObjectHandle private_key,
                                                 std::span<const std::uint8_t, 32> digest) {
  FASTNESS_RETURN_IF_ERROR(make_room_for(private_key));
  in_use_ = private_key;
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  CK_RV code = functions_->C_SignInit(session_, &mechanism, private_key);
  if (code != CKR_OK) return failed("sign", code);
  std::array<std::uint8_t, 64> signature{};
  CK_ULONG size = signature.size();
  code = functions_->C_Sign(session_, const_cast<std::uint8_t*>(digest.data()), digest.size(),
                            signature.data(), &size);
  if (code != CKR_OK) return failed("sign", code);
  if (size != signature.size()) {
    return fail(Errc::unavailable, "the token's signature is of another curve");
  }
  return signature;
}

Result<void> Token::destroy(ObjectHandle object) {
  FASTNESS_RETURN_IF_ERROR(make_room_for(std::nullopt));
  const CK_RV code = functions_->C_DestroyObject(session_, object);
  if (code != CKR_OK && code != CKR_OBJECT_HANDLE_INVALID) return failed("destroy a key", code);
  return {};
}

}  // namespace fastness::vault::pkcs11
