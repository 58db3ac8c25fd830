#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"
#include "data_directory.h"
#include "identity/remote_witness.h"
#include "net/event_loop.h"
#include "outgoing/sender.h"
#include "telemetry/log.h"

namespace fastness::hub {

// Those outside this host who are sent the ledger's checkpoints, by HTTPS and by mail, from a
// thread of their own: no loop waits for them. Lives on the control thread; ends, and whatever is
// under way with it, after the hub and before that loop.
class LedgerWitnesses {
 public:
  // What is passed in must outlive it.
  struct Parts {
    const config::Config& config;
    os::FileSystem& files;
    const DataDirectory& data;
    net::EventLoop& control;
    const Clock& clock;
    Random& random;
    const telemetry::Log& log;
  };

  // `invalid_argument` names the setting that is wrong.
  [[nodiscard]] static Result<std::unique_ptr<LedgerWitnesses>> create(const Parts& parts);
  LedgerWitnesses(const LedgerWitnesses&) = delete;
  LedgerWitnesses& operator=(const LedgerWitnesses&) = delete;
  ~LedgerWitnesses();

  // At the start and each minute: sends what is due, without waiting for it.
  void update(const identity::Identity& identity);

 private:
  struct Witness {
    std::string name;  // for the log
    std::unique_ptr<identity::RemoteWitness> remote;
  };
  using Send = std::function<Result<void>()>;

  explicit LedgerWitnesses(const Parts& parts) : parts_(parts) {}

  [[nodiscard]] Result<void> add_webhook(const std::string& url);
  [[nodiscard]] Result<void> add_mail(const config::Config& config);
  // `prepare` makes, on the control thread, what is then sent on another.
  void add(const std::string& name, std::function<Send(const std::string& checkpoint)> prepare);

  Parts parts_;
  std::unique_ptr<outgoing::Sender> sender_;  // thread-safe
  outgoing::MailServer mail_server_;          // unchanged once made
  std::vector<Witness> witnesses_;
  boost::asio::thread_pool pool_{1};  // last: ends before what it uses
};

}  // namespace fastness::hub
