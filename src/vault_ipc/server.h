#pragma once

#include <deque>
#include <functional>
#include <string_view>

#include "base/clock.h"
#include "vault_ipc/channel.h"
#include "vault_ipc/messages/permitted.h"
#include "vault_ipc/service.h"

namespace fastness::vault_ipc {

// The vault's end: reads requests, holds them against the table, lets the service answer. One
// request at a time, on the thread that calls `serve`. The service, clock and whatever the
// callback uses must outlive it.
class Server {
 public:
  // Told of each message that no honest hub sends, before its connection ends.
  using OnViolation = std::function<void(std::string_view what)>;

  Server(Service& service, const Clock& clock, OnViolation on_violation)
      : service_(service), clock_(clock), on_violation_(std::move(on_violation)) {}

  enum class End {
    peer_closed,  // the hub went away
    violation,    // the connection is over; another may come
    too_many,     // the third violation within a minute: the process must end
  };

  // Serves one connection until it ends. The caller drops the channel afterwards.
  [[nodiscard]] End serve(Channel& channel);

 private:
  [[nodiscard]] End violated(std::string_view what);

  Service& service_;
  const Clock& clock_;
  OnViolation on_violation_;
  std::deque<SteadyTime> violations_;
};

// The answer to one request message: a status byte, then the reply or the error's text. Nothing if
// the message is malformed or not permitted, which is what fuzzers attack. `violation` says why,
// and is also set beside the answer that shows a hub to be another program than it should be.
[[nodiscard]] std::optional<Bytes> answer_message(Service& service, Permissions& permissions,
                                                  ByteView untrusted_message,
                                                  std::string_view& violation);

}  // namespace fastness::vault_ipc
