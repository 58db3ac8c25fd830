#pragma once

#include <array>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include "base/bytes.h"
#include "tls/stream/stream.h"

namespace boost::beast {
enum class role_type;  // NOLINT(readability-identifier-naming): Beast's name
}

namespace fastness::tls {

// A connected nonblocking socket, TCP or unix, with TLS in front or without: what Asio and Beast
// call an AsyncStream. Lives on the socket's executor; one read and one write may be under way.
// `close` makes what is under way fail.
class AsyncStream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using executor_type = Socket::executor_type;

  // `tls`, if given, works on `socket`'s descriptor.
  explicit AsyncStream(Socket socket, std::optional<Stream> tls = std::nullopt);

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] Socket& socket() { return socket_; }
  // Absent for plaintext.
  [[nodiscard]] const std::optional<Stream>& tls() const { return tls_; }

  // void(error_code). At once without TLS.
  template <typename Token>
  auto async_handshake(Token&& token) {
    return start<void(boost::system::error_code)>(Operation<Shake>{*this, {}},
                                                  std::forward<Token>(token));
  }

  // void(error_code, bytes). `eof` only if the peer closed properly.
  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    const auto buffer = first(buffers);
    return start<void(boost::system::error_code, std::size_t)>(
        Operation<Read>{*this, {static_cast<std::uint8_t*>(buffer.data()), buffer.size()}},
        std::forward<Token>(token));
  }

  // void(error_code, bytes). Completes when the socket has taken the ciphertext too.
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return start<void(boost::system::error_code, std::size_t)>(
        Operation<Write>{*this, pieces_of(buffers)}, std::forward<Token>(token));
  }

  // void(error_code). Tells the peer that nothing more follows; the peer may still send.
  template <typename Token>
  auto async_shutdown(Token&& token) {
    return start<void(boost::system::error_code)>(Operation<Shut>{*this, {}},
                                                  std::forward<Token>(token));
  }

  void close();

 private:
  // The beginning of a buffer sequence: a small header and its body leave in one record.
  using Pieces = std::array<boost::asio::const_buffer, 4>;

  // Each kind of operation: its buffer, and its step in terms of Stream.
  struct Shake {
    using Buffer = std::span<std::uint8_t>;
    static Step step(AsyncStream& stream, Buffer) { return stream.step_handshake(); }
  };
  struct Read {
    using Buffer = std::span<std::uint8_t>;
    static Step step(AsyncStream& stream, Buffer out) { return stream.step_read(out); }
  };
  struct Write {
    using Buffer = Pieces;
    static Step step(AsyncStream& stream, const Buffer& pieces) {
      return stream.step_write(pieces);
    }
  };
  struct Shut {
    using Buffer = std::span<std::uint8_t>;
    static Step step(AsyncStream& stream, Buffer) { return stream.step_shutdown(); }
  };

  // Repeats the step until it is done, waiting for the socket in between. Never completes inside
  // the call that started it, as Asio demands.
  template <typename Kind>
  struct Operation {
    AsyncStream& stream;  // must outlive the operation
    typename Kind::Buffer buffer;
    bool started = false;
    std::optional<Step> result = std::nullopt;

    template <typename Self>
    void operator()(Self& self, boost::system::error_code error = {}) {
      using Wait = Socket::wait_type;
      if (error) return finish(self, error, 0);
      if (result) return finish(self, error_of(*result), result->bytes);
      const Step step = Kind::step(stream, buffer);
      switch (step.progress) {
        case Progress::want_read:
          started = true;
          return stream.socket_.async_wait(Wait::wait_read, std::move(self));
        case Progress::want_write:
          started = true;
          return stream.socket_.async_wait(Wait::wait_write, std::move(self));
        default:
          if (started) return finish(self, error_of(step), step.bytes);
          result = step;
          return boost::asio::post(stream.get_executor(), std::move(self));
      }
    }

    template <typename Self>
    static void finish(Self& self, boost::system::error_code error, std::size_t bytes) {
      if constexpr (std::is_same_v<Kind, Read> || std::is_same_v<Kind, Write>) {
        self.complete(error, bytes);
      } else {
        self.complete(error);
      }
    }
  };

  template <typename Signature, typename Kind, typename Token>
  auto start(Operation<Kind> operation, Token&& token) {
    return boost::asio::async_compose<Token, Signature>(std::move(operation), token, socket_);
  }

  // The first buffer that is not empty; one is enough for a `some` operation.
  template <typename Buffers>
  static boost::asio::mutable_buffer first(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
      const boost::asio::mutable_buffer buffer(*it);
      if (buffer.size() != 0) return buffer;
    }
    return {};
  }

  template <typename Buffers>
  static Pieces pieces_of(const Buffers& buffers) {
    Pieces pieces;
    std::size_t count = 0;
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
      const boost::asio::const_buffer buffer(*it);
      if (buffer.size() == 0) continue;
      pieces.at(count++) = buffer;
      if (count == pieces.size()) break;
    }
    return pieces;
  }

  static boost::system::error_code error_of(const Step& step);

  [[nodiscard]] Step step_handshake();
  [[nodiscard]] Step step_read(std::span<std::uint8_t> out);
  [[nodiscard]] Step step_write(const Pieces& pieces);
  [[nodiscard]] Step encrypt(const Pieces& pieces);
  [[nodiscard]] Step step_shutdown();

  Socket socket_;
  std::optional<Stream> tls_;
  std::size_t written_ = 0;  // taken by the TLS stream whose ciphertext still waits
};

// What Beast asks of the stream below a WebSocket, found by name.

template <typename Handler>
void async_teardown(boost::beast::role_type /*role*/, AsyncStream& stream, Handler&& handler) {
  stream.async_shutdown(std::forward<Handler>(handler));
}

inline void teardown(boost::beast::role_type /*role*/, AsyncStream& stream,
                     boost::system::error_code& error) {
  error = {};
  stream.close();
}

inline void beast_close_socket(AsyncStream& stream) {
  stream.close();
}

}  // namespace fastness::tls
