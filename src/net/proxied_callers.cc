#include "net/proxied_callers.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include "net/proxy_header.h"

namespace fastness::net {
namespace {

// Reads what is there of the header, appends it to `header` and says how far that got; see
// parse_proxy_header. It is looked at before it is taken, since only the header says where it ends.
Result<std::optional<ProxyHeader>> read_header(const Socket& socket, Bytes& header) {
  const std::size_t before = header.size();
  header.resize(kMaxProxyHeader);
  const auto seen = ::recv(socket.descriptor(), header.data() + before, header.size() - before,
                           MSG_PEEK | MSG_DONTWAIT);
  const bool is_early = seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  header.resize(before + static_cast<std::size_t>(std::max<ssize_t>(seen, 0)));
  if (is_early) return std::optional<ProxyHeader>();
  if (seen <= 0) return fail(Errc::unavailable, "the proxy has closed the connection");

  FASTNESS_ASSIGN_OR_RETURN(const auto parsed, parse_proxy_header(header));
  if (parsed) header.resize(parsed->size);
  const std::size_t size = header.size() - before;
  const auto taken = ::recv(socket.descriptor(), header.data() + before, size, MSG_DONTWAIT);
  if (taken != static_cast<ssize_t>(size)) return fail(Errc::unavailable, "cannot be read");
  return parsed;
}

}  // namespace

std::shared_ptr<ProxiedCallers> ProxiedCallers::create(Loop& loop, SteadyTime::duration patience,
                                                       std::size_t most, Events events) {
  return std::shared_ptr<ProxiedCallers>(
      new ProxiedCallers(loop, patience, most, std::move(events)));
}

void ProxiedCallers::receive(Socket socket, const Endpoint& proxy) {
  const std::uint64_t number = ++last_;
  const bool has_room = waiting_.size() < most_;
  if (!has_room || !loop_.watch(socket.descriptor(), [this, number] { read(number); })) {
    return events_.on_refused();
  }
  waiting_.emplace(number, Caller{std::move(socket), proxy, {}});
  loop_.call_after(patience_, [weak = weak_from_this(), number] {
    const auto self = weak.lock();
    if (!self) return;
    const auto found = self->waiting_.find(number);
    if (found != self->waiting_.end()) self->refuse(found);
  });
}

void ProxiedCallers::read(std::uint64_t number) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  const auto header = read_header(found->second.socket, found->second.header);
  if (!header) return refuse(found);
  if (!*header) return;
  const Endpoint remote = (*header)->source.value_or(found->second.proxy);
  events_.on_named(take(found), remote);
}

Socket ProxiedCallers::take(Callers::iterator found) {
  Socket socket = std::move(found->second.socket);
  loop_.unwatch(socket.descriptor());
  waiting_.erase(found);
  return socket;
}

void ProxiedCallers::refuse(Callers::iterator found) {
  static_cast<void>(take(found));
  events_.on_refused();
}

void ProxiedCallers::close_all() {
  while (!waiting_.empty()) static_cast<void>(take(waiting_.begin()));
}

}  // namespace fastness::net
