#include "outgoing/guard.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <netdb.h>
#include <sys/socket.h>

namespace fastness::outgoing {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

}  // namespace

Result<std::vector<IpAddress>> Guard::admit(const std::string& host) const {
  FASTNESS_ASSIGN_OR_RETURN(std::vector<IpAddress> addresses, resolve_(host));
  if (addresses.empty()) return fail(Errc::not_found, host + " has no address");
  for (const IpAddress& address : addresses) {
    const bool is_named =
        std::ranges::any_of(allowed_, [&](const auto& each) { return each.contains(address); });
    if (is_named || is_public(address)) continue;
    return fail(Errc::permission_denied,
                host + " is at " + address.to_text() +
                    ", which is not a public address: if it is meant, name it in outgoing.allow");
  }
  return addresses;
}

Result<std::vector<IpAddress>> resolve_by_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int status = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); status != 0) {
    return fail(status == EAI_NONAME ? Errc::not_found : Errc::unavailable,
                "cannot look up " + host + ": " + ::gai_strerror(status));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
  std::vector<IpAddress> addresses;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    const auto address = IpAddress::from(*each->ai_addr);
    if (address && std::ranges::find(addresses, *address) == addresses.end()) {
      addresses.push_back(*address);
    }
  }
  return addresses;
}

void prepare_resolver() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before threads
  ::setenv("RES_OPTIONS", "use-vc timeout:3 attempts:2", 1);
}

}  // namespace fastness::outgoing
