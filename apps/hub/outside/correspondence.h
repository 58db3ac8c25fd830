#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/thread_pool.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"
#include "net/event_loop.h"
#include "os/files/file_system.h"
#include "outgoing/sender.h"
#include "wording/letter.h"

namespace fastness::hub {

// What this server sends to others of its own accord, by HTTPS and by mail, from a thread of its
// own: no loop waits for it. Lives on the control thread; ends, and whatever is under way with it,
// after all who send by it and before that loop.
class Correspondence {
 public:
  // What is passed in must outlive it.
  struct Parts {
    const config::Config& config;
    os::FileSystem& files;
    net::EventLoop& control;
    const Clock& clock;
    Random& random;
  };
  // Called once, on the control thread, with whether it has arrived.
  using Done = std::function<void(Result<void>)>;

  // `invalid_argument` names the setting that is wrong.
  [[nodiscard]] static Result<std::unique_ptr<Correspondence>> create(const Parts& parts);
  Correspondence(const Correspondence&) = delete;
  Correspondence& operator=(const Correspondence&) = delete;
  ~Correspondence();

  // Whether these can be sent to; the error names `setting`, where the address stood.
  [[nodiscard]] static Result<void> check_url(const char* setting, const std::string& url);
  [[nodiscard]] static Result<outgoing::MailAddress> check_address(const char* setting,
                                                                   const std::string& address);

  // For those who wait for answers, from threads of their own; null if nobody is ever called.
  [[nodiscard]] outgoing::Sender* sender() { return sender_.get(); }

  void post(const std::string& url, const std::string& media_type, const std::string& body,
            Done done);
  void mail(const outgoing::MailAddress& to, wording::Written letter, Done done);

 private:
  explicit Correspondence(const Parts& parts) : parts_(parts) {}

  [[nodiscard]] Result<void> prepare_mail();
  void send(std::function<Result<void>()> work, Done done);

  Parts parts_;
  std::unique_ptr<outgoing::Sender> sender_;   // thread-safe; null if nobody is ever called
  outgoing::MailServer mail_server_;           // unchanged once made
  std::optional<outgoing::MailAddress> from_;  // there if mail is sent
  boost::asio::thread_pool pool_{1};           // last: ends before what it uses
};

}  // namespace fastness::hub
