// What accounts cost: a check of an API key, of an access token and of a session, and a flood of
// logins from very many addresses while the right user comes too. Prints one JSON line for each.

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <sys/resource.h>

#include "accounts/accounts.h"
#include "accounts/testing/accounts_fixture.h"
#include "base/clock.h"
#include "crypto/secret/system_random.h"
#include "keys/testing/test_content_keys.h"
#include "storage/database.h"

namespace {

using namespace fastness;  // NOLINT(google-build-using-namespace): a program of its own
using accounts::testing::kPassword;
using accounts::testing::make_account_keys;
using accounts::testing::secret;

constexpr const char* kHome = "192.0.2.1";  // where the right user comes from

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "fastness_account_costs: %s\n", why.c_str());
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): the others are only working
}

template <typename T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message);
  return std::move(result).value();
}

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::int64_t peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1'024;
}

// Work in turn on some threads, or, with none, on whoever asks for the next.
class Queue {
 public:
  explicit Queue(int threads) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this] {
        while (run_one()) {
        }
      });
    }
  }
  ~Queue() {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    changed_.notify_all();
    for (std::thread& each : threads_) each.join();
  }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  void post(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
    }
    changed_.notify_one();
  }

  // Waits for a piece and does it; false once the queue ends.
  bool run_one() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_ending_ || !work_.empty(); });
    if (is_ending_) return false;
    const std::function<void()> work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    work();
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

// Accounts as the hub has them, over a database in memory: passwords by Argon2id on two threads.
struct Instance {
  SystemClock clock;
  crypto::SystemRandom random;
  Queue control{0};
  Queue pool{2};
  accounts::PasswordPool passwords{
      [this](std::function<void()> work) { pool.post(std::move(work)); },
      [this](std::function<void()> work) { control.post(std::move(work)); },
      [](const crypto::SecretBytes& hash) -> Result<crypto::Digest> {
        return crypto::hmac_sha256(hash, as_bytes("pepper"));  // the vault's, in a hub
      }};
  keys::testing::TestContentKeys content{clock};
  storage::Database database = must(storage::Database::open_in_memory());
  std::unique_ptr<accounts::Accounts> accounts = must(accounts::Accounts::open(
      database, content.keys(), make_account_keys(), passwords, clock, random));

  accounts::NewSession add_user(const std::string& email) {
    const auto link = must(accounts->setup_links().create(std::nullopt));
    Result<accounts::Entered> made = fail(Errc::unavailable, "nobody answered");
    bool is_done = false;
    accounts->sign_in().set_up(link.token, email, secret(kPassword), "Greenhouse", {kHome},
                               [&](auto result) {
                                 made = std::move(result);
                                 is_done = true;
                               });
    while (!is_done) control.run_one();
    return std::get<accounts::NewSession>(must(std::move(made)));
  }
};

template <typename Check>
void time_check(const char* what, const Check& check) {
  constexpr int kTimes = 200'000;
  const double begun = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  for (int i = 0; i < kTimes; ++i) {
    if (!check()) give_up(std::string(what) + " was refused");
  }
  const double each = (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - begun) / kTimes;
  std::printf("{\"check\": \"%s\", \"cpu_us\": %.2f}\n", what, each * 1e6);
}

void measure_checks(Instance& instance, const accounts::NewSession& session) {
  accounts::Accounts& accounts = *instance.accounts;
  const accounts::NewApiKey made = must(accounts.api_keys().create(
      session.session.organisation, session.session.user, "bench", accounts::Scopes::all(),
      instance.clock.now() + std::chrono::hours(24)));
  const std::string_view key_secret = as_text(made.secret.reveal());
  time_check("API key, id and secret", [&] {
    return accounts.api_keys().authenticate(made.key.client_id, key_secret, kHome).has_value();
  });
  const std::string token = accounts.tokens().issue(made.key, instance.clock.now());
  time_check("API key, access token", [&] { return accounts.verify(token, kHome).has_value(); });
  const accounts::NewSession begun = must(accounts.sessions().create(
      session.session.user, session.session.organisation, {kHome, "Firefox on Linux"}));
  time_check("session, with its browser and role", [&] {
    const auto found = accounts.sign_in().resume(begun.token, {kHome, "Firefox on Linux"});
    return found && accounts.members().role(found->session.organisation, found->session.user);
  });
}

// Strangers guess as fast as they are answered, each from a network of its own; after each thousand
// of their attempts the right user comes from home, and waits as long as it takes.
void measure_flood(Instance& instance, const std::string& email) {
  constexpr int kAttempts = 10'000;
  constexpr int kAddresses = 1'000;
  constexpr int kEvery = 1'000;
  const std::int64_t before = peak_bytes();
  const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  const double begun = seconds_of(CLOCK_MONOTONIC);
  int answered = 0;
  int hashed = 0;
  int let_in = 0;
  double longest = 0;
  const auto guess = [&](int number) {
    const int from = number % kAddresses;
    const std::string address =
        "10." + std::to_string(from / 250) + "." + std::to_string(from % 250) + ".7";
    instance.accounts->sign_in().enter(email, secret("guess number " + std::to_string(number)),
                                       {address}, [&](const auto& result) {
                                         ++answered;
                                         if (result) give_up("a guess was let in");
                                         hashed += result.error().code != Errc::exhausted ? 1 : 0;
                                       });
  };
  for (int number = 0; number < kAttempts; ++number) {
    guess(number);
    if ((number + 1) % kEvery != 0) continue;
    const double asked = seconds_of(CLOCK_MONOTONIC);
    bool is_done = false;
    instance.accounts->sign_in().enter(email, secret(kPassword), {kHome}, [&](const auto& result) {
      let_in += result ? 1 : 0;
      is_done = true;
    });
    while (!is_done) instance.control.run_one();
    longest = std::max(longest, seconds_of(CLOCK_MONOTONIC) - asked);
  }
  while (answered < kAttempts) instance.control.run_one();
  std::printf(
      "{\"flood\": %d, \"addresses\": %d, \"hashed\": %d, \"seconds\": %.1f, \"cpu_seconds\": %.1f,"
      " \"peak_mb_more\": %.0f, \"right_user_let_in\": \"%d of %d\", \"longest_wait_s\": %.2f}\n",
      kAttempts, kAddresses, hashed, seconds_of(CLOCK_MONOTONIC) - begun,
      seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu, static_cast<double>(peak_bytes() - before) / 1e6,
      let_in, kAttempts / kEvery, longest);
}

}  // namespace

int main() {  // NOLINT(bugprone-exception-escape): what nobody catches ends it
  Instance instance;
  const std::string email = "owner@example.org";
  const accounts::NewSession session = instance.add_user(email);
  measure_checks(instance, session);
  measure_flood(instance, email);
  return EXIT_SUCCESS;
}
