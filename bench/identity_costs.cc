// What identity costs: certificates issued by a whole vault, and admission with a million devices.
// Prints one JSON line for each figure.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <malloc.h>

#include "base/clock.h"
#include "crypto/secret/system_random.h"
#include "crypto/x509/certificate_request.h"
#include "identity/admission/admission.h"
#include "os/files/file_system.h"
#include "vault/testing/soft_token.h"
#include "vault/vault.h"

namespace {

using namespace fastness;  // NOLINT(google-build-using-namespace): a program of its own

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "fastness_identity_costs: %s\n", why.c_str());
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): there is one thread
}

template <typename T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message);
  return std::move(result).value();
}

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// A directory that goes with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "identity-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) give_up("no temporary directory");
    path_ = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// --- issuing -------------------------------------------------------------------------------------

// First certificates of devices that are not known yet: the keys and requests are the devices' work
// and made before the clock starts. What is measured is all that the vault does for one: parsing,
// proof of possession, continuity, building, signing, and the ledger with its write to the disk.
void measure_issuing(const char* keys, std::optional<vault::TokenChoice> token) {
  constexpr std::size_t kKeys = 500;
  constexpr std::size_t kCertificates = 5'000;
  const TemporaryDirectory directory;
  os::PosixFileSystem files;
  SystemClock clock;
  crypto::SystemRandom random;
  const auto vault = must(vault::Vault::open({.files = files,
                                              .directory = directory.path(),
                                              .clock = clock,
                                              .random = random,
                                              .issuing_rate = {1e9, 1e9},
                                              .token = std::move(token)}));
  std::vector<Bytes> requests;
  for (std::size_t i = 0; i < kKeys; ++i) {
    requests.push_back(
        must(crypto::CertificateRequest::build(crypto::PrivateKey::generate(), "device")));
  }
  const double begun = cpu_seconds();
  const auto wall = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < kCertificates; ++i) {
    vault_ipc::IssueDeviceCertificate request;
    request.device = DeviceId(random_uuid(random));
    request.profile = vault_ipc::Profile::standard;
    request.request = requests[i % kKeys];
    must(vault->answer(request));
  }
  const double cpu = cpu_seconds() - begun;
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - wall;
  std::printf(
      "{\"figure\":\"issued\",\"keys\":\"%s\",\"per_cpu_second\":%.0f,\"per_second\":%.0f}\n", keys,
      kCertificates / cpu, kCertificates / passed.count());
}

void measure_issuing_by_token() {
  if (!std::filesystem::exists(vault::testing::SoftTokens::kModule)) return;
  vault::testing::SoftTokens tokens;
  tokens.make("fastness", "1234");
  const auto module = tokens.load();
  measure_issuing("softhsm2", vault::TokenChoice{module.get(), "fastness",
                                                 vault::testing::SoftTokens::secret("1234")});
}

// --- admission -----------------------------------------------------------------------------------

crypto::Digest digest_of(std::uint64_t number) {
  std::mt19937_64 chance(number);
  crypto::Digest digest{};
  for (std::uint8_t& byte : digest) byte = static_cast<std::uint8_t>(chance());
  return digest;
}

DeviceId device_of(std::uint64_t number) {
  std::mt19937_64 chance(number);
  Uuid::Bytes bytes{};
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(chance());
  return DeviceId(Uuid(bytes));
}

std::size_t allocated() {
  return mallinfo2().uordblks + mallinfo2().hblkhd;
}

// Everything that admission looks up for one leaf, by its digest: ledger, registry, generation.
void measure_admission(std::uint64_t devices) {
  using identity::AdmissionSnapshot;
  constexpr std::size_t kTimes = 1'000'000;
  const Timestamp now = SystemClock().now();
  const OrganisationId organisation(device_of(devices + 1).value());
  const std::size_t before = allocated();
  std::vector<std::pair<crypto::Digest, identity::LedgeredLeaf>> leaves;
  std::vector<std::pair<DeviceId, identity::RegisteredDevice>> registry;
  for (std::uint64_t i = 0; i < devices; ++i) {
    const crypto::Digest key = digest_of(i + devices);
    leaves.emplace_back(digest_of(i),
                        identity::LedgeredLeaf{device_of(i), key, vault_ipc::GenerationId(1),
                                               vault_ipc::Profile::standard, now,
                                               now + std::chrono::days(60), false});
    registry.emplace_back(
        device_of(i), identity::RegisteredDevice{organisation, identity::IdentityState::active, key,
                                                 std::nullopt});
  }
  auto ledger = AdmissionSnapshot::Leaves::of(std::move(leaves));
  leaves = {};
  const std::size_t with_ledger_and_list = allocated();
  const std::size_t list = devices * sizeof(registry[0]);
  auto known = AdmissionSnapshot::Devices::of(std::move(registry));
  registry = {};
  const std::size_t with_both = allocated();
  vault_ipc::Generation generation;
  generation.id = vault_ipc::GenerationId(1);
  generation.state = vault_ipc::GenerationState::issuing;
  auto generations = std::make_shared<const std::vector<AdmissionSnapshot::TrustedGeneration>>(
      std::vector{AdmissionSnapshot::TrustedGeneration{
          generation, crypto::PrivateKey::generate().public_key()}});
  const AdmissionSnapshot snapshot(generations, std::move(known), std::move(ledger), nullptr);

  std::vector<crypto::Digest> asked;
  std::mt19937_64 chance(1);
  for (std::size_t i = 0; i < kTimes; ++i) asked.push_back(digest_of(chance() % devices));
  std::size_t admitted = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (const crypto::Digest& leaf : asked) {
    if (snapshot.admit_digest(leaf, now)) ++admitted;
  }
  const std::chrono::duration<double, std::nano> passed = std::chrono::steady_clock::now() - begun;
  if (admitted != kTimes) give_up("a device was refused");
  const auto each = [&](std::size_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(devices);
  };
  const std::size_t ledger_bytes = with_ledger_and_list - before - list;
  std::printf(
      "{\"figure\":\"admission\",\"devices\":%llu,\"nanoseconds\":%.0f,\"ledger_bytes\":%.0f,"
      "\"registry_bytes\":%.0f}\n",
      static_cast<unsigned long long>(devices), passed.count() / kTimes, each(ledger_bytes),
      each(with_both - before - ledger_bytes));
}

}  // namespace

int main() {
  measure_issuing("software", std::nullopt);
  measure_issuing_by_token();
  for (const std::uint64_t devices : {1'000ULL, 100'000ULL, 1'000'000ULL}) {
    measure_admission(devices);
  }
  return 0;
}
