#include "fleet.h"
#include "marks.h"
#include "shapes.h"

namespace fastness::load {
namespace {

// Gives each identity a turn, until enough connections were made or the time is over.
std::function<bool(Role&)> turns(Fleet& fleet, const Options& options, Tls::Start start) {
  const std::int64_t end = now_nanoseconds() + options.seconds * 1'000'000'000LL;
  return [&fleet, &options, start, end, made = 0L](Role& role) mutable {
    if (options.seconds > 0 ? now_nanoseconds() >= end : made >= options.messages) return false;
    role = fleet.role(static_cast<std::size_t>(made++ % options.clients));
    role.start = start;
    return true;
  };
}

void report(const char* name, const Fleet::Comings& comings, std::int64_t took) {
  Mark(name)
      .figure("connected", static_cast<double>(comings.connected))
      .figure("resumed", static_cast<double>(comings.resumed))
      .figure("failed", static_cast<double>(comings.failed))
      .figure("seconds", static_cast<double>(took) / 1e9)
      .text("failure", comings.failure)
      .print_and_wait();
}

// Each with a subscription of its own.
std::vector<Role> listeners(Fleet& fleet, const Options& options, Tls::Start start) {
  std::vector<Role> roles;
  for (std::size_t i = 0; i < static_cast<std::size_t>(options.clients); ++i) {
    Role& role = roles.emplace_back(fleet.role(i));
    role.filters.push_back("bench/" + std::to_string(i + static_cast<std::size_t>(options.first)));
    role.start = start;
  }
  return roles;
}

}  // namespace

void run_idle(const Options& options) {
  Fleet fleet(options);
  std::vector<Role> roles = listeners(fleet, options, Tls::Start::full);
  Mark("begin").print_and_wait();
  const std::int64_t begun = now_nanoseconds();
  fleet.open(std::move(roles));
  Mark("open")
      .figure("connections", static_cast<double>(fleet.size()))
      .figure("seconds", static_cast<double>(now_nanoseconds() - begun) / 1e9)
      .print_and_wait();
  fleet.close_all();
  Mark("closed").print_and_wait();
}

void run_connect(const Options& options) {
  Fleet fleet(options);
  // Everybody once, so that what a broker sets up for new clients is not counted.
  Options once = options;
  once.messages = options.clients;
  once.seconds = 0;
  fleet.come_and_go(turns(fleet, once, Tls::Start::full));
  Mark("begin").print_and_wait();
  for (const auto& [name, start] :
       {std::pair("full", Tls::Start::full), std::pair("resumed", Tls::Start::resume)}) {
    const std::int64_t begun = now_nanoseconds();
    const auto comings = fleet.come_and_go(turns(fleet, options, start));
    report(name, comings, now_nanoseconds() - begun);
  }
}

void run_storm(const Options& options) {
  Fleet fleet(options);
  fleet.open(listeners(fleet, options, Tls::Start::full));
  Mark("standing").figure("connections", static_cast<double>(fleet.size())).print_and_wait();
  for (const auto& [name, start] :
       {std::pair("full", Tls::Start::full), std::pair("resumed", Tls::Start::resume)}) {
    const Fleet::Return back = fleet.come_back(listeners(fleet, options, start));
    Mark(name)
        .figure("connected", static_cast<double>(back.comings.connected))
        .figure("resumed", static_cast<double>(back.comings.resumed))
        .figure("failed", static_cast<double>(back.comings.failed))
        .figure("half_back", back.seconds[back.seconds.size() / 2])
        .figure("all_back", back.seconds.back())
        .text("failure", back.comings.failure)
        .print_and_wait();
  }
}

}  // namespace fastness::load
