#include "waf/firewall.h"

#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "waf/engine.h"
#include "waf/probe.h"

namespace fastness::waf {
namespace {

// One slow request does not hold up all others.
constexpr std::size_t kThreads = 2;

// How much of a path is logged.
constexpr std::size_t kMostPath = 128;

std::string to_list(const std::vector<std::int64_t>& rules) {
  std::string list;
  for (const std::int64_t rule : rules) {
    if (!list.empty()) list += ',';
    list += std::to_string(rule);
  }
  return list;
}

}  // namespace

class Firewall::Workers {
 public:
  Workers(std::unique_ptr<Engine> engine, OnAttack on_attack, const Clock& clock,
          telemetry::Log log, telemetry::Registry& registry)
      : engine_(std::move(engine)),
        on_attack_(on_attack),
        clock_(clock),
        log_(std::move(log)),
        probe_(registry) {}

  ~Workers() {
    pool_.stop();
    pool_.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void ask(std::weak_ptr<const http::Inspected> request, Done done) {
    boost::asio::post(pool_, [this, request = std::move(request), done = std::move(done)] {
      // Who asked may have left or waited too long; then the time is another's.
      if (const auto asked = request.lock()) done(asked->request, judge(*asked));
    });
  }

 private:
  Verdict judge(const http::Inspected& asked) {
    const SteadyTime begun = clock_.steady();
    const auto findings = engine_->look_at(asked);
    probe_.looked(clock_.steady() - begun);
    if (!findings) {
      probe_.failed();
      log_.error("could_not_look", {{"id", asked.request.id}, {"why", findings.error().message}});
      return on_attack_ == OnAttack::refuse ? Verdict::refuse : Verdict::pass;
    }
    if (findings->is_refused) {
      probe_.refused();
    } else if (findings->rules.empty()) {
      probe_.passed();
      return Verdict::pass;
    } else {
      probe_.noticed();
    }
    say(asked.request, *findings);
    return findings->is_refused ? Verdict::refuse : Verdict::pass;
  }

  // Never a query, a header or a body. The path is safe to log, as everywhere.
  void say(const http::Request& asked, const Findings& findings) {
    log_.info(findings.is_refused ? "refused" : "noticed",
              {{"id", asked.id},
               {"rules", to_list(findings.rules)},
               {"method", http::to_text(asked.method)},
               {"path", std::string_view(asked.path).substr(0, kMostPath)},
               {"remote", asked.peer.address}});
  }

  const std::unique_ptr<Engine> engine_;
  const OnAttack on_attack_;
  const Clock& clock_;
  const telemetry::Log log_;
  Probe probe_;
  boost::asio::thread_pool pool_{kThreads};
};

Firewall::Firewall(std::unique_ptr<Workers> workers) : workers_(std::move(workers)) {}
Firewall::~Firewall() = default;

Result<std::unique_ptr<Firewall>> Firewall::open(const std::string& rules_file, OnAttack on_attack,
                                                 const Clock& clock, const telemetry::Log& log,
                                                 telemetry::Registry& registry) {
  FASTNESS_ASSIGN_OR_RETURN(auto engine, Engine::open(rules_file, on_attack));
  return std::unique_ptr<Firewall>(
      new Firewall(std::make_unique<Workers>(std::move(engine), on_attack, clock, log, registry)));
}

void Firewall::ask(std::weak_ptr<const http::Inspected> request, Done done) {
  workers_->ask(std::move(request), std::move(done));
}

}  // namespace fastness::waf
