#include "vault/testing/test_tokens.h"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "vault/store/pkcs11/functions.h"

namespace fastness::vault::testing {
namespace {

constexpr std::string_view kSecurityOfficer = "87654321";

std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

void require(CK_RV code, const char* what) {
  if (code != CKR_OK) throw std::runtime_error(std::string("the test's module cannot ") + what);
}

}  // namespace

TestTokens::TestTokens() {
  std::string name = (std::filesystem::temp_directory_path() / "fastness-tokens-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = name;
}

TestTokens::~TestTokens() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void TestTokens::make(const std::string& label, const std::string& pin) {
  const auto module = load();
  const auto& functions = module->functions();
  CK_ULONG count = 0;
  require(functions->C_GetSlotList(CK_TRUE, nullptr, &count), "list slots");
  std::vector<CK_SLOT_ID> slots(count);
  require(functions->C_GetSlotList(CK_TRUE, slots.data(), &count), "list slots");
  const CK_SLOT_ID free = slots.back();  // it always offers one more
  std::array<char, 32> padded;
  padded.fill(' ');
  label.copy(padded.data(), padded.size());
  require(functions->C_InitToken(free, bytes_of(kSecurityOfficer), kSecurityOfficer.size(),
                                 reinterpret_cast<std::uint8_t*>(padded.data())),
          "make a token");
  CK_SESSION_HANDLE session = 0;
  require(functions->C_OpenSession(free, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr,
                                   &session),
          "open a session");
  require(functions->C_Login(session, CKU_SO, bytes_of(kSecurityOfficer), kSecurityOfficer.size()),
          "log in");
  require(functions->C_InitPIN(session, bytes_of(pin), pin.size()), "set a PIN");
  functions->C_Logout(session);
  functions->C_CloseSession(session);
}

crypto::SecretBytes TestTokens::secret(const std::string& text) {
  Bytes bytes = to_bytes(as_bytes(text));
  return crypto::SecretBytes::take(bytes);
}

}  // namespace fastness::vault::testing
