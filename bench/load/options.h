#pragma once

#include <string>

namespace fastness::load {

struct Options {
  int port = 0;
  int https_port = 0;  // for renewals
  std::string anchors;
  std::string identities;  // a folder of N.pem and N.key
  std::string shape = "pairs";
  std::string tls = "1.3";
  int clients = 100;
  int first = 0;  // number of the first connection: which identity it has
  int share = 1;  // connections of one certificate
  int window = 16;
  int concurrency = 16;  // connections being made at once
  int qos = 0;
  int size = 64;
  long messages = 100'000;
  long rate = 0;    // messages a second; 0: as fast as they are taken
  int rounds = 1;   // of the load, with a mark after each
  int seconds = 0;  // of connecting; 0: until `messages` connections have been made
  long filters = 100'000;
};

// Says why on standard error, with what OpenSSL has to say, and ends the process.
[[noreturn]] void die(const std::string& why);

}  // namespace fastness::load
