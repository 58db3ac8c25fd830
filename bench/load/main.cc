// An MQTT load generator over mutual TLS. It tells whoever runs it of each mark it reaches, see
// marks.h.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>
#include <openssl/err.h>
#include <sys/resource.h>

#include "shapes.h"

namespace fastness::load {

void die(const std::string& why) {
  std::cerr << "fastness_load: " << why << '\n';
  ERR_print_errors_fp(stderr);
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
}

namespace {

const std::map<std::string, std::function<void(const Options&)>> kShapes{
    {"fan-in", run_traffic},    {"fan-out", run_traffic}, {"pairs", run_traffic},
    {"idle", run_idle},         {"connect", run_connect}, {"storm", run_storm},
    {"retained", run_retained}, {"match", run_match},     {"rotation", run_rotation}};

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace
}  // namespace fastness::load

int main(int argc, char** argv) {
  using namespace fastness::load;
  Options options;
  CLI::App app("Pushes MQTT messages through a broker over mutual TLS");
  app.add_option("--port", options.port, "on 127.0.0.1")->required();
  app.add_option("--https-port", options.https_port, "on 127.0.0.1, where devices renew");
  app.add_option("--anchors", options.anchors, "the broker's roots, PEM")->required();
  app.add_option("--identities", options.identities, "folder of N.pem and N.key")->required();
  app.add_option("--shape", options.shape)->check(CLI::IsMember(kShapes));
  app.add_option("--tls", options.tls)->check(CLI::IsMember({"1.2", "1.3"}));
  app.add_option("--clients", options.clients, "publishers, listeners or pairs")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--first", options.first, "number of the first connection, for its identity")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--share", options.share, "connections of one certificate")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--concurrency", options.concurrency, "connections being made at once")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--qos", options.qos)->check(CLI::Range(0, 1));
  app.add_option("--size", options.size, "payload bytes")->check(CLI::Range(8, 1'000'000));
  app.add_option("--messages", options.messages, "published in all, or connections made")
      ->check(CLI::PositiveNumber);
  app.add_option("--window", options.window, "messages in flight for each publisher")
      ->check(CLI::Range(1, 60'000));
  app.add_option("--rate", options.rate, "messages a second; 0: as fast as they are taken")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--rounds", options.rounds, "of the load, with a mark after each")
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "of connecting, instead of --messages connections")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--filters", options.filters, "of all clients together")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);

  // Two connections of one client at once would take its session from each other.
  options.concurrency = std::min(options.concurrency, options.clients);
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);  // a broker that closes is a connection that fails
  kShapes.at(options.shape)(options);
  return 0;
}
