#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "os/files/descriptor.h"

namespace fastness::os {

// The program that started this one and waits to hear that it serves: systemd, for a unit of
// Type=notify, by the protocol of sd_notify(3). Thread-compatible.
class ServiceManager {
 public:
  // `address` is what NOTIFY_SOCKET says: an absolute path, or a name after '@'. Nobody listens if
  // it is empty, which is no error. `invalid_argument` if it is neither. Belongs before the
  // sandbox: the socket is not inherited by children, and can reach nobody else.
  [[nodiscard]] static Result<ServiceManager> connect(std::string_view address);

  // Sends assignments such as "READY=1". Does nothing if nobody listens. Never waits: an error if
  // the message cannot be taken at once.
  [[nodiscard]] Result<void> tell(std::string_view state) const;

 private:
  explicit ServiceManager(Descriptor socket) : socket_(std::move(socket)) {}

  Descriptor socket_;
};

}  // namespace fastness::os
