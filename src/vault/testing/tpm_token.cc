#include "vault/testing/tpm_token.h"

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include <dlfcn.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "os/files/descriptor.h"
#include "os/process.h"

#if defined(__SANITIZE_ADDRESS__)
#define FASTNESS_FINDS_LEAKS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FASTNESS_FINDS_LEAKS
#endif
#endif
#ifdef FASTNESS_FINDS_LEAKS
#include <sanitizer/lsan_interface.h>
#endif

namespace fastness::vault::testing {
namespace {

constexpr const char* kTpmModule = "libtpm2_pkcs11.so.1";

void look_for_leaks([[maybe_unused]] bool should) {
#ifdef FASTNESS_FINDS_LEAKS
  should ? __lsan_enable() : __lsan_disable();
#endif
}

bool takes_connections(const std::string& path) {
  const os::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
         0;
}

// Where the loader finds the module: vaults are told the whole path.
std::filesystem::path whole_path(const char* library) {
  void* loaded = ::dlopen(library, RTLD_LAZY | RTLD_LOCAL);
  if (loaded == nullptr) throw std::runtime_error("libtpm2-pkcs11-1 is not installed");
  Dl_info found{};
  const void* symbol = ::dlsym(loaded, "C_GetFunctionList");
  const bool is_found = symbol != nullptr && ::dladdr(symbol, &found) != 0;
  const std::filesystem::path path = is_found ? found.dli_fname : "";
  ::dlclose(loaded);
  return path;
}

}  // namespace

struct TpmTokens::Tpm {
  os::Process process;
};

TpmTokens::TpmTokens() {
  look_for_leaks(false);
  const std::string socket = (directory() / "tpm").string();
  for (const char* name : {"state", "store"}) {
    std::filesystem::create_directory(directory() / name);
  }
  auto started = os::Process::spawn(
      {"/usr/bin/swtpm",
       {"socket", "--tpm2", "--tpmstate", "dir=" + (directory() / "state").string(), "--server",
        "type=unixio,path=" + socket, "--ctrl", "type=unixio,path=" + socket + ".ctrl", "--flags",
        "not-need-init,startup-clear", "--log", "file=" + (directory() / "log").string()},
       {},
       {}});
  if (!started) throw std::runtime_error(started.error().message);
  tpm_ = std::make_unique<Tpm>(Tpm{std::move(started).value()});
  constexpr int kTurns = 1'000;
  for (int turn = 0; !takes_connections(socket + ".ctrl"); ++turn) {
    if (tpm_->process.ending() || turn == kTurns) {
      throw std::runtime_error("swtpm does not start");
    }
    pollfd ended{tpm_->process.number(), POLLIN, 0};
    ::poll(&ended, 1, 10);
  }
  ::setenv("TPM2_PKCS11_STORE", (directory() / "store").c_str(), 1);
  ::setenv("TPM2_PKCS11_TCTI", ("swtpm:path=" + socket).c_str(), 1);
  ::setenv("TPM2_PKCS11_LOG_LEVEL", "0", 1);
  ::setenv("TSS2_LOG", "all+none", 1);
}

TpmTokens::~TpmTokens() {
  for (const char* name :
       {"TPM2_PKCS11_STORE", "TPM2_PKCS11_TCTI", "TPM2_PKCS11_LOG_LEVEL", "TSS2_LOG"}) {
    ::unsetenv(name);
  }
  look_for_leaks(true);
}

std::unique_ptr<pkcs11::Module> TpmTokens::load() const {
  return pkcs11::Module::load(whole_path(kTpmModule)).value();
}

}  // namespace fastness::vault::testing
