#include <utility>

#include <dlfcn.h>

#include "vault/store/pkcs11/functions.h"

namespace fastness::vault::pkcs11 {
namespace {

struct Explanation {
  CK_RV code;
  Errc errc;
  const char* what;
};

constexpr Explanation kExplanations[] = {
    {CKR_PIN_INCORRECT, Errc::unauthenticated,
     "the token refused the PIN; after a few wrong ones most tokens lock"},
    {CKR_PIN_INVALID, Errc::unauthenticated, "the token refused the PIN"},
    {CKR_PIN_LEN_RANGE, Errc::unauthenticated, "the token takes no PIN of this length"},
    {CKR_PIN_LOCKED, Errc::unauthenticated,
     "the token has locked its PIN after wrong ones; its maker's tool unlocks it"},
    {CKR_USER_PIN_NOT_INITIALIZED, Errc::unauthenticated,
     "the token has no user PIN yet; its maker's tool sets one"},
    {CKR_USER_ALREADY_LOGGED_IN, Errc::already_exists, "the token is open in this process already"},
    {CKR_TOKEN_NOT_PRESENT, Errc::unavailable, "the token is not in its slot"},
    {CKR_DEVICE_REMOVED, Errc::unavailable, "the token was taken out; start again with it"},
    {CKR_SESSION_HANDLE_INVALID, Errc::unavailable, "the token was taken out; start again with it"},
    {CKR_DEVICE_MEMORY, Errc::exhausted, "the token is full"},
    {CKR_TOKEN_WRITE_PROTECTED, Errc::permission_denied, "the token is write-protected"},
    {CKR_MECHANISM_INVALID, Errc::unavailable, "the token knows no ECDSA over P-256"},
};

}  // namespace

Unexpected<Error> failed(const char* doing, CK_RV code) {
  for (const Explanation& each : kExplanations) {
    if (each.code == code) return fail(each.errc, each.what);
  }
  char number[24];
  (void)std::snprintf(number, sizeof number, "0x%lx", code);
  return fail(Errc::unavailable,
              std::string("the PKCS#11 module cannot ") + doing + " and says CKR " + number);
}

Result<std::unique_ptr<Module>> Module::load(const std::filesystem::path& path) {
  if (!path.is_absolute()) {
    return fail(Errc::invalid_argument,
                "a PKCS#11 module is named by its whole path, not " + path.string());
  }
  if (std::error_code ignored; !std::filesystem::exists(path, ignored)) {
    return fail(Errc::not_found, "there is no PKCS#11 module " + path.string());
  }
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the vault has one thread
    return fail(Errc::invalid_argument, std::string("not a PKCS#11 module: ") + ::dlerror());
  }
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* list = nullptr;
  if (get == nullptr || get(&list) != CKR_OK || list == nullptr) {
    ::dlclose(library);
    return fail(Errc::invalid_argument, "not a PKCS#11 module: " + path.string());
  }
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  if (const CK_RV code = list->C_Initialize(&arguments); code != CKR_OK) {
    ::dlclose(library);
    return failed("start", code);
  }
  return std::unique_ptr<Module>(new Module(library, std::make_unique<Functions>(*list)));
}

Module::Module(void* library, std::unique_ptr<Functions> functions)
    : library_(library), functions_(std::move(functions)) {}

Module::~Module() {
  (*functions_)->C_Finalize(nullptr);
  ::dlclose(library_);
}

}  // namespace fastness::vault::pkcs11
