// An MQTT load generator: opens mutual-TLS connections to a broker, pushes counted messages through
// it in a closed loop, and prints one JSON line.
//
// It says "ready" once every connection stands and waits for a line on its input before the load
// begins, and says "done" and waits again before it disconnects, so that whoever runs it can read
// the broker's CPU time and memory at those two moments.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Packet = std::string;

struct Options {
  int port = 0;
  std::string anchors;
  std::string
      identities;  // a folder of N.pem and N.key; the subject's common name is the client id
  std::string shape = "pairs";
  int clients = 100;
  int qos = 0;
  int size = 64;
  long messages = 100'000;
  int window = 16;
};

[[noreturn]] void die(const std::string& why) {
  std::cerr << "fastness_load: " << why << '\n';
  ERR_print_errors_fp(stderr);
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
}

void put_length(Packet& packet, std::size_t size) {
  do {
    auto digit = static_cast<std::uint8_t>(size % 128);
    size /= 128;
    if (size > 0) digit |= 0x80U;
    packet.push_back(static_cast<char>(digit));
  } while (size > 0);
}

void put_u16(Packet& packet, std::size_t value) {
  packet.push_back(static_cast<char>(value >> 8U));
  packet.push_back(static_cast<char>(value & 0xffU));
}

void put_text(Packet& packet, std::string_view text) {
  put_u16(packet, text.size());
  packet.append(text);
}

Packet finish(std::uint8_t type, const Packet& body) {
  Packet packet(1, static_cast<char>(type));
  put_length(packet, body.size());
  return packet + body;
}

Packet connect_packet(std::string_view client_id) {
  Packet body;
  put_text(body, "MQTT");
  body += std::string("\x04\x02\x01\x2c", 4);  // 3.1.1, clean session, keep-alive 300 s
  put_text(body, client_id);
  return finish(0x10, body);
}

Packet subscribe_packet(std::string_view filter, int qos) {
  Packet body;
  put_u16(body, 1);
  put_text(body, filter);
  body.push_back(static_cast<char>(qos));
  return finish(0x82, body);
}

Packet publish_packet(std::string_view topic, int qos, std::uint16_t id, std::string_view payload) {
  Packet body;
  put_text(body, topic);
  if (qos > 0) put_u16(body, id);
  body.append(payload);
  return finish(static_cast<std::uint8_t>(0x30 | (qos << 1)), body);
}

class Tls {
 public:
  explicit Tls(const Options& options) : context_(SSL_CTX_new(TLS_client_method())) {
    if (SSL_CTX_load_verify_locations(context_, options.anchors.c_str(), nullptr) != 1)
      die("cannot read the anchors");
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ~Tls() { SSL_CTX_free(context_); }

  // A finished handshake on a blocking socket, as identity number `index`.
  SSL* open(const Options& options, int index) const {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      die("cannot connect");
    SSL* ssl = SSL_new(context_);
    const std::string base = options.identities + "/" + std::to_string(index);
    if (SSL_use_certificate_file(ssl, (base + ".pem").c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_use_PrivateKey_file(ssl, (base + ".key").c_str(), SSL_FILETYPE_PEM) != 1) {
      die("cannot read identity " + base);
    }
    SSL_set1_host(ssl, "localhost");
    SSL_set_tlsext_host_name(ssl, "localhost");
    SSL_set_fd(ssl, descriptor);
    if (SSL_connect(ssl) != 1) die("handshake failed");
    return ssl;
  }

 private:
  SSL_CTX* context_;
};

std::string common_name(SSL* ssl) {
  std::array<char, 128> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get_certificate(ssl)), NID_commonName,
                            name.data(), name.size());
  return name.data();
}

// One connection: what is still to be written, and the bytes of a packet that is not whole yet.
class Connection {
 public:
  explicit Connection(SSL* ssl) : ssl_(ssl) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    const int descriptor = SSL_get_fd(ssl_);
    SSL_free(ssl_);
    close(descriptor);
  }

  [[nodiscard]] int descriptor() const { return SSL_get_fd(ssl_); }

  // While the socket blocks, during set-up.
  void exchange(const Packet& packet, std::uint8_t expected_type) {
    if (SSL_write(ssl_, packet.data(), static_cast<int>(packet.size())) <= 0) die("cannot write");
    while (in_.size() < 2 || in_.size() < 2U + static_cast<std::uint8_t>(in_[1])) read_some();
    if ((static_cast<std::uint8_t>(in_[0]) & 0xf0U) != expected_type) die("unexpected answer");
    if (expected_type == 0x20 && in_[3] != 0) die("refused: CONNACK " + std::to_string(in_[3]));
    if (expected_type == 0x90 && static_cast<std::uint8_t>(in_[4]) >= 0x80)
      die("subscription refused");
    in_.erase(0, 2U + static_cast<std::uint8_t>(in_[1]));
  }

  void queue(Packet packet) { out_.push_back(std::move(packet)); }

  // Each packet is a TLS record and a write of its own, as devices send them.
  void flush() {
    while (!out_.empty()) {
      Packet& packet = out_.front();
      const int wrote = SSL_write(ssl_, packet.data(), static_cast<int>(packet.size()));
      if (wrote <= 0) {
        if (SSL_get_error(ssl_, wrote) == SSL_ERROR_WANT_WRITE) return;
        die("the broker closed a connection");
      }
      packet.erase(0, static_cast<std::size_t>(wrote));
      if (packet.empty()) out_.pop_front();
    }
  }

  // Calls `on_packet(type, body)` for each whole packet that has arrived.
  template <typename OnPacket>
  void receive(OnPacket on_packet) {
    while (read_some()) {
      std::size_t used = 0;
      while (const std::size_t size = whole_packet(used, on_packet)) used += size;
      in_.erase(0, used);
    }
  }

 private:
  bool read_some() {
    std::array<char, 16'384>
        buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    const int got = SSL_read(ssl_, buffer.data(), buffer.size());
    if (got > 0) {
      in_.append(buffer.data(), static_cast<std::size_t>(got));
      return true;
    }
    if (SSL_get_error(ssl_, got) != SSL_ERROR_WANT_READ) die("the broker closed a connection");
    return false;
  }

  template <typename OnPacket>
  std::size_t whole_packet(std::size_t at, OnPacket& on_packet) {
    std::size_t length = 0;
    std::size_t header = 1;
    for (unsigned shift = 0;; shift += 7) {
      if (at + header >= in_.size()) return 0;
      const auto digit = static_cast<std::uint8_t>(in_[at + header++]);
      length |= static_cast<std::size_t>(digit & 0x7fU) << shift;
      if ((digit & 0x80U) == 0) break;
    }
    if (at + header + length > in_.size()) return 0;
    on_packet(static_cast<std::uint8_t>(in_[at]),
              std::string_view(in_).substr(at + header, length));
    return header + length;
  }

  SSL* ssl_;
  std::string in_;
  std::deque<Packet> out_;
};

// Who publishes to which topic, who listens.
struct Plan {
  std::vector<std::string> publish;    // by connection; empty: does not publish
  std::vector<std::string> subscribe;  // by connection; empty: does not listen
  long deliveries_each = 1;            // of one message
};

Plan plan_of(const Options& options) {
  Plan plan;
  const auto topic = [](int i) { return "bench/" + std::to_string(i); };
  if (options.shape == "fan-in") {
    for (int i = 0; i < options.clients; ++i) plan.publish.push_back(topic(i));
    plan.subscribe.assign(static_cast<std::size_t>(options.clients), "");
    plan.publish.emplace_back();
    plan.subscribe.emplace_back("bench/+");
  } else if (options.shape == "fan-out") {
    plan.subscribe.assign(static_cast<std::size_t>(options.clients), "bench/0");
    plan.publish.assign(static_cast<std::size_t>(options.clients), "");
    plan.publish.push_back("bench/0");
    plan.subscribe.emplace_back();
    plan.deliveries_each = options.clients;
  } else if (options.shape == "pairs") {
    for (int i = 0; i < options.clients; ++i) {
      plan.publish.push_back(topic(i));
      plan.subscribe.emplace_back();
      plan.publish.emplace_back();
      plan.subscribe.push_back(topic(i));
    }
  } else if (options.shape == "idle") {
    for (int i = 0; i < options.clients; ++i) {
      plan.publish.emplace_back();
      plan.subscribe.push_back(topic(i));
    }
  } else {
    die("--shape is fan-in, fan-out, pairs or idle");
  }
  return plan;
}

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options),
        plan_(plan_of(options)),
        tls_(options),
        payload_(static_cast<std::size_t>(options.size), 'x') {}

  void open() {
    const auto begun = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < plan_.publish.size(); ++i) {
      SSL* ssl = tls_.open(options_, static_cast<int>(i));
      auto& connection = connections_.emplace_back(std::make_unique<Connection>(ssl));
      connection->exchange(connect_packet(common_name(ssl)), 0x20);
      if (!plan_.subscribe[i].empty())
        connection->exchange(subscribe_packet(plan_.subscribe[i], options_.qos), 0x90);
    }
    connect_seconds_ =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      make_nonblocking(connections_[i]->descriptor());
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i]->descriptor(), &event);
    }
    in_flight_.assign(connections_.size(), 0);
  }

  // Returns the seconds from the first message to the last delivery.
  double run() {
    const auto begun = std::chrono::steady_clock::now();
    const long wanted = options_.messages * plan_.deliveries_each;
    for (std::size_t i = 0; i < connections_.size(); ++i) top_up(i);
    std::array<epoll_event, 256> events{};
    while (options_.shape != "idle" && delivered_ < wanted) {
      const int ready = epoll_wait(epoll_, events.data(), events.size(), 10'000);
      if (ready <= 0)
        die("nothing came for 10 s: " + std::to_string(delivered_) + " of " +
            std::to_string(wanted));
      for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(ready)))
        turn(event.data.u64);
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  }

  [[nodiscard]] long delivered() const { return delivered_; }
  [[nodiscard]] double connect_seconds() const { return connect_seconds_; }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
  static void make_nonblocking(int descriptor) {
    const int flags = fcntl(descriptor, F_GETFL);
    fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
  }

  // Keeps a publisher's window full: at QoS 1 by its acknowledgements, at QoS 0 by what was
  // delivered.
  void top_up(std::size_t index) {
    if (plan_.publish[index].empty()) return;
    while (in_flight_[index] < options_.window && sent_ < options_.messages) {
      connections_[index]->queue(
          publish_packet(plan_.publish[index], options_.qos, next_id(), payload_));
      ++in_flight_[index];
      ++sent_;
    }
    connections_[index]->flush();
  }

  void turn(std::size_t index) {
    Connection& connection = *connections_[index];
    connection.receive([&](std::uint8_t type, std::string_view body) {
      if ((type & 0xf0U) == 0x40) {
        --in_flight_[index];
      } else if ((type & 0xf0U) == 0x30) {
        take(connection, index, type, body);
      }
    });
    connection.flush();
    top_up(index);
  }

  void take(Connection& connection, std::size_t index, std::uint8_t type, std::string_view body) {
    ++delivered_;
    const auto digit = [&](std::size_t i) -> std::size_t {
      return static_cast<std::uint8_t>(body[i]);
    };
    const std::size_t topic_size = (digit(0) << 8U) | digit(1);
    if ((type & 0x06U) != 0) {
      connection.queue(std::string("\x40\x02", 2) + std::string(body.substr(2 + topic_size, 2)));
    }
    if (options_.qos == 0) give_back(index, body.substr(2, topic_size));
  }

  // A QoS 0 publisher may send one more for each message that arrived (fan-out: everywhere).
  void give_back(std::size_t index, std::string_view topic) {
    std::size_t publisher = 0;
    if (options_.shape == "pairs") {
      publisher = index - 1;
    } else if (options_.shape == "fan-in") {
      publisher = static_cast<std::size_t>(std::atoi(std::string(topic.substr(6)).c_str()));
    } else {
      publisher = connections_.size() - 1;
      if (delivered_ % plan_.deliveries_each != 0) return;
    }
    --in_flight_[publisher];
    top_up(publisher);
  }

  std::uint16_t next_id() {
    id_ = id_ == 0xffff ? 1 : static_cast<std::uint16_t>(id_ + 1);
    return id_;
  }

  const Options& options_;
  Plan plan_;
  Tls tls_;
  std::string payload_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<int> in_flight_;
  int epoll_ = -1;
  long sent_ = 0;
  long delivered_ = 0;
  std::uint16_t id_ = 0;
  double connect_seconds_ = 0;
};

void say_and_wait(const char* word) {
  std::cout << word << std::endl;  // NOLINT(performance-avoid-endl): the other side waits for it
  std::string line;
  std::getline(std::cin, line);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Pushes MQTT messages through a broker over mutual TLS");
  app.add_option("--port", options.port, "on 127.0.0.1")->required();
  app.add_option("--anchors", options.anchors, "the broker's roots, PEM")->required();
  app.add_option("--identities", options.identities, "folder of N.pem and N.key")->required();
  app.add_option("--shape", options.shape, "fan-in, fan-out, pairs or idle");
  app.add_option("--clients", options.clients, "publishers, listeners or pairs");
  app.add_option("--qos", options.qos)->check(CLI::Range(0, 1));
  app.add_option("--size", options.size, "payload bytes");
  app.add_option("--messages", options.messages, "published in all");
  app.add_option("--window", options.window, "messages in flight for each publisher");
  CLI11_PARSE(app, argc, argv);

  Load load(options);
  load.open();
  say_and_wait("ready");
  const double seconds = load.run();
  std::printf("{\"connections\":%zu,\"connect_seconds\":%.3f,\"delivered\":%ld,\"seconds\":%.3f}\n",
              load.connections(), load.connect_seconds(), load.delivered(), seconds);
  say_and_wait("done");
  return 0;
}
