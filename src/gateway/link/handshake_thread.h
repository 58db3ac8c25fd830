#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/fifo.h"
#include "gateway/link/transport.h"

namespace fastness::gateway {

// Makes the dear steps of handshakes beside a loop, on a thread that gives way to it: a message
// that comes meanwhile is passed on at once, instead of after half a millisecond of arithmetic.
// What it is given is its own until it is taken back. Used by one loop; the thread is made when it
// is first needed.
class HandshakeThread {
 public:
  struct Step {
    std::uint64_t connection;
    tls::Progress progress;
  };

  // `on_done` is called on the thread, when a step is done and none waited to be taken back.
  HandshakeThread(std::string name, std::function<void()> on_done);
  // The step under way ends; no other begins.
  ~HandshakeThread();
  HandshakeThread(const HandshakeThread&) = delete;
  HandshakeThread& operator=(const HandshakeThread&) = delete;

  // Takes a handshake one step on. Until it is among the done ones nobody else may use `transport`
  // but ask for its descriptor, and it must live.
  void begin(std::uint64_t connection, Transport& transport);
  [[nodiscard]] std::vector<Step> take_done();

 private:
  struct Job {
    std::uint64_t connection;
    Transport* transport;
  };

  void run();
  [[nodiscard]] bool next(Job& job);
  void finish(const Step& step);

  const std::string name_;
  const std::function<void()> on_done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Fifo<Job> jobs_;  // under mutex_, as all below
  std::vector<Step> done_;
  bool is_stopping_ = false;
  std::thread thread_;  // of the loop
};

}  // namespace fastness::gateway
