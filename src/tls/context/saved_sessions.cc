#include "tls/context/saved_sessions.h"

#include <utility>

namespace fastness::tls {
namespace {

constexpr auto kMaxSessions = fixed_limit("tls.saved_sessions");

}  // namespace

void SavedSessions::age(SteadyTime now) {
  if (now - young_since_ < kLifetime / 2 && young_->sessions.size() < kMaxSessions / 2) {
    return;
  }
  old_ = std::exchange(young_, std::make_unique<Half>());
  young_since_ = now;
}

void SavedSessions::put(const Id& id, Saved session) {
  const std::scoped_lock lock(mutex_);
  age(clock_.steady());
  young_->sessions.insert_or_assign(id, std::move(session));
}

std::optional<SavedSessions::Saved> SavedSessions::take(const Id& id) {
  const std::scoped_lock lock(mutex_);
  age(clock_.steady());
  for (Half* half : {young_.get(), old_.get()}) {
    const auto found = half->sessions.find(id);
    if (found == half->sessions.end()) continue;
    Saved session = std::move(found->second);
    half->sessions.erase(found);
    if (clock_.steady() - session.peer.at >= kLifetime) return std::nullopt;
    return session;
  }
  return std::nullopt;
}

void SavedSessions::drop() {
  const std::scoped_lock lock(mutex_);
  young_ = std::make_unique<Half>();
  old_ = std::make_unique<Half>();
}

}  // namespace fastness::tls
