#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "outgoing/guard.h"
#include "outgoing/mail_message.h"

namespace fastness::outgoing {

// What is asked of somebody whose answer is wanted.
struct Question {
  std::string url;
  std::string form = {};           // POSTed, already encoded; a GET without it
  std::string authorization = {};  // the field of that name; often a secret
};

// Where mail is handed in: "smtps://host:465", or "smtp://host:587" where STARTTLS is insisted on.
struct MailServer {
  std::string url;
  std::string user;  // empty to log in to nothing
  crypto::SecretBytes password;
};

// Sends to others, to the addresses that the guard saw when it looked and to no others. Redirects
// are an answer like any other, proxies and settings of the environment are unknown, certificates
// are verified by name. Every call waits until the other side has answered or the time is over.
// Thread-safe. Errors name the host, never the rest of an address.
class Sender {
 public:
  struct Options {
    Guard guard;
    std::string anchors_file;  // PEM, instead of the system's authorities; empty for these
    std::chrono::milliseconds longest = std::chrono::seconds(fixed_limit("outgoing.seconds"));
    // The same for an answer that is read whole: somebody waits for it.
    std::chrono::milliseconds longest_fetch =
        std::chrono::seconds(fixed_limit("outgoing.fetch_seconds"));
  };

  // Once in a process, before threads.
  [[nodiscard]] static Result<std::unique_ptr<Sender>> create(Options options);
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender();

  // POSTs over HTTPS; success is an answer of 2xx. Without TLS only to this machine itself, and
  // only if the owner has named its address. `invalid_argument` if it is no such URL,
  // `permission_denied` if the guard refuses, `unauthenticated` if the server cannot prove who it
  // is, else `unavailable`.
  [[nodiscard]] Result<void> post(const std::string& url, std::string_view media_type,
                                  std::string_view body);

  // Asks, by the rules of `post`, and gives the body of an answer of 2xx, which asks for JSON.
  // Errors as `post`; `unavailable` also for a longer body than outgoing.body_bytes.
  [[nodiscard]] Result<std::string> fetch(const Question& question);

  // Hands a mail in; success is the server's word that it has it. Errors as above;
  // `unauthenticated` also if it does not take the password.
  [[nodiscard]] Result<void> mail(const MailServer& server, const MailMessage& message);

  // Whether that can be a URL for the calls above; nothing is looked up.
  [[nodiscard]] static Result<void> check_post_url(const std::string& url);
  [[nodiscard]] static Result<void> check_mail_url(const std::string& url);

  // What is under way ends within a second, and what comes after at once, with `unavailable`.
  void cancel() noexcept { is_cancelled_ = true; }

 private:
  class Transfer;
  [[nodiscard]] Result<std::unique_ptr<Transfer>> call(const std::string& url) const;
  explicit Sender(Options options) : options_(std::move(options)) {}

  Options options_;
  std::atomic<bool> is_cancelled_{false};
};

}  // namespace fastness::outgoing
