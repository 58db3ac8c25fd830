// What no client of OpenSSL proves: that another stack reads our records, follows our new keys and
// takes our refusals. GnuTLS's own program, on a socket of the loopback interface; the end-to-end
// tests go on from here with a whole Fastness, and with Mbed TLS.
#include <array>
#include <functional>
#include <optional>

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "tls/record/record_stream.h"
#include "tls/testing/foreign_client.h"
#include "tls/testing/settled.h"

namespace fastness::tls {
namespace {

using testing::World;

constexpr std::size_t kKeyBlocks = 2'000;

ServerContext::Options options() {
  ServerContext::Options options = testing::handing_over();
  options.max_key_blocks = kKeyBlocks;
  return options;
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

std::size_t count(std::string_view text, std::string_view word) {
  std::size_t times = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    ++times;
  }
  return times;
}

// gnutls-cli on one end, our record layer on the other.
class Gnutls {
 public:
  explicit Gnutls(std::string priority) {
    // Level 4 tells of each handshake message.
    client_.emplace(std::vector<std::string>{"gnutls-cli", "127.0.0.1", "--port", port_.number(),
                                             "--no-ca-verification", "--inline-commands", "--debug",
                                             "4", "--priority", std::move(priority)});
    connection_ = port_.accept();
    Stream stream = world_.context->accept(connection_);
    Progress progress = Progress::want_read;
    (void)until([&] {
      if (progress != Progress::done) progress = stream.handshake();
      return progress == Progress::done || progress == Progress::failed;
    });
    if (progress != Progress::done) return;
    cipher_ = stream.cipher();
    stream_ = stream.hand_over();
  }

  [[nodiscard]] bool ok() const { return stream_.has_value(); }
  [[nodiscard]] const std::string& cipher() const { return cipher_; }
  [[nodiscard]] std::string_view failure() const { return stream_->failure(); }

  // Everything so far: what came out of the connection at either end, and what GnuTLS says.
  [[nodiscard]] const std::string& heard_by_server() const { return heard_; }
  [[nodiscard]] const std::string& heard_by_client() const { return printed_; }
  [[nodiscard]] const std::string& log() const { return log_; }

  void say(std::string_view text) { client_->say(text); }
  // Whether all of `text` comes out at the client.
  bool tell(std::string_view text) {
    std::size_t told = 0;
    return until([&] {
      if (told < text.size()) told += stream_->write(ciphers_, as_bytes(text).subspan(told)).bytes;
      if (stream_->has_output()) (void)stream_->flush();
      return told == text.size() && printed_.find(text) != std::string::npos;
    });
  }

  // Lets both ends go on until `done`; false if that does not come in time.
  bool until(const std::function<bool()>& done) {
    constexpr int kTurns = 1'000'000;  // its debug lines come one by one
    constexpr int kPatienceMs = 10'000;
    for (int turn = 0; turn < kTurns; ++turn) {
      if (stream_) read();
      drain(client_->output(), printed_);
      drain(client_->errors(), log_);
      if (done()) return true;
      const bool is_congested = stream_ && stream_->has_output();
      const auto wanted = static_cast<short>(POLLIN | (is_congested ? POLLOUT : 0));
      std::array<pollfd, 3> waits{pollfd{is_over_ ? -1 : connection_, wanted, 0},
                                  pollfd{client_->output(), POLLIN, 0},
                                  pollfd{client_->errors(), POLLIN, 0}};
      if (::poll(waits.data(), waits.size(), kPatienceMs) == 0) return false;
    }
    return false;
  }

 private:
  void read() {
    std::array<std::uint8_t, RecordLayer::kFullWire> buffer{};
    Step step;
    while ((step = stream_->read(ciphers_, buffer)).progress == Progress::done) {
      heard_ += as_text(ByteView(buffer).first(step.bytes));
    }
    is_over_ = step.progress != Progress::want_read;
  }

  static void drain(int descriptor, std::string& text) {
    std::array<char, 16'384> buffer{};
    ssize_t got = 0;
    while ((got = ::read(descriptor, buffer.data(), buffer.size())) > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  World world_{options()};
  testing::Port port_;
  std::optional<testing::ForeignClient> client_;
  int connection_ = -1;
  RecordCiphers ciphers_;
  std::optional<RecordStream> stream_;
  std::string cipher_;
  std::string heard_;
  std::string printed_;
  std::string log_;
  bool is_over_ = false;
};

struct Offer {
  const char* name;
  const char* priority;
  const char* cipher;
};

class Gnutls13 : public ::testing::TestWithParam<Offer> {};

constexpr std::string_view kTold = "received TLS 1.3 key update (0)";

TEST_P(Gnutls13, AsksForNewKeysOfBothDirections) {
  Gnutls peer(GetParam().priority);
  ASSERT_TRUE(peer.ok()) << peer.log();
  EXPECT_EQ(peer.cipher(), GetParam().cipher);
  peer.say("under the first keys\n");
  ASSERT_TRUE(peer.until([&] { return peer.heard_by_server() == "under the first keys\n"; }));

  for (std::size_t time = 1; time <= 3; ++time) {
    peer.say("^rekey^\n");
    ASSERT_TRUE(peer.until([&] { return count(peer.log(), "sending key update (1)") == time; }));
    ASSERT_TRUE(peer.until([&] { return count(peer.log(), kTold) == time; }))
        << "we have new keys too";
    EXPECT_TRUE(peer.tell("ours " + std::to_string(time) + "\n"));
    const std::string theirs = "theirs " + std::to_string(time) + "\n";
    peer.say(theirs);
    ASSERT_TRUE(peer.until([&] { return peer.heard_by_server().ends_with(theirs); }));
  }
  EXPECT_EQ(peer.failure(), "");
}

TEST_P(Gnutls13, FollowsOurOwnNewKeys) {
  Gnutls peer(GetParam().priority);
  ASSERT_TRUE(peer.ok()) << peer.log();
  constexpr std::size_t kTimes = 5;  // GnuTLS allows eight a second

  EXPECT_TRUE(peer.tell(pattern(16 * kKeyBlocks * kTimes + 10'000) + "\n"));

  EXPECT_EQ(count(peer.log(), kTold), kTimes);
  EXPECT_EQ(count(peer.log(), "sending key update"), 0U) << "we did not ask for theirs";
  peer.say("understood\n");
  EXPECT_TRUE(peer.until([&] { return peer.heard_by_server() == "understood\n"; }));
  EXPECT_EQ(peer.failure(), "");
}

INSTANTIATE_TEST_SUITE_P(
    All, Gnutls13,
    ::testing::Values(Offer{"Aes128", "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM",
                            "TLS_AES_128_GCM_SHA256"},
                      Offer{"Aes256", "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM",
                            "TLS_AES_256_GCM_SHA384"},
                      Offer{"ChaCha",
                            "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305",
                            "TLS_CHACHA20_POLY1305_SHA256"}),
    [](const auto& param) { return param.param.name; });

class Gnutls12 : public ::testing::TestWithParam<Offer> {};

TEST_P(Gnutls12, TalksBothWays) {
  Gnutls peer(GetParam().priority);
  ASSERT_TRUE(peer.ok()) << peer.log();
  EXPECT_EQ(peer.cipher(), GetParam().cipher);
  const std::string text = pattern(25'000) + "\n";
  EXPECT_TRUE(peer.tell(text));
  peer.say(text);
  EXPECT_TRUE(peer.until([&] { return peer.heard_by_server() == text; }));
  EXPECT_EQ(peer.failure(), "");
}

// gnutls-cli asks again each time it is refused, and gives up after some times.
TEST_P(Gnutls12, IsRefusedANewHandshake) {
  Gnutls peer(GetParam().priority);
  ASSERT_TRUE(peer.ok()) << peer.log();
  peer.say("^renegotiate^\n");
  EXPECT_TRUE(peer.until([&] { return !peer.failure().empty(); }));
  EXPECT_EQ(peer.failure(), "the peer sent an alert");
  EXPECT_TRUE(peer.until([&] {
    return peer.heard_by_client().find("No renegotiation is allowed") != std::string::npos;
  })) << peer.heard_by_client();
}

INSTANTIATE_TEST_SUITE_P(
    All, Gnutls12,
    ::testing::Values(Offer{"Aes128", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM",
                            "ECDHE-ECDSA-AES128-GCM-SHA256"},
                      Offer{"Aes256", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM",
                            "ECDHE-ECDSA-AES256-GCM-SHA384"},
                      Offer{"ChaCha",
                            "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CHACHA20-POLY1305",
                            "ECDHE-ECDSA-CHACHA20-POLY1305"}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace fastness::tls
