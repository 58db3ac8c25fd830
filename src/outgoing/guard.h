#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "outgoing/ip_address.h"

namespace fastness::outgoing {

// Whom this server may call, so that nobody makes it call for them what only it can reach: public
// addresses, and those that the owner names. Thread-safe if its resolver is.
class Guard {
 public:
  // All addresses of a host, at least one, or why there is none.
  using Resolve = std::function<Result<std::vector<IpAddress>>(const std::string& host)>;

  Guard(std::vector<AddressRange> allowed, Resolve resolve)
      : allowed_(std::move(allowed)), resolve_(std::move(resolve)) {}

  // The addresses of a host; `permission_denied` if one of them is forbidden, even beside others
  // that are not: a name which also points inside is not trusted at all. The caller must use these
  // and not look again, for the next answer may be another.
  [[nodiscard]] Result<std::vector<IpAddress>> admit(const std::string& host) const;

 private:
  std::vector<AddressRange> allowed_;
  Resolve resolve_;
};

// Asks the system: its files and its name servers. Waits, some seconds at most.
[[nodiscard]] Result<std::vector<IpAddress>> resolve_by_system(const std::string& host);

// What the system's resolver needs in a sandbox without UDP: it asks its name servers over TCP.
// Once, before threads and before anything is looked up.
void prepare_resolver();

}  // namespace fastness::outgoing
