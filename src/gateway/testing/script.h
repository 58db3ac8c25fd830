#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/testing/hub.h"

namespace fastness::gateway::testing {

// Bytes written by hand, and nothing of our own encoder:
//   10 02 00    hexadecimal digits, two a byte
//   'abc'       the bytes of a text
//   "abc"       the same behind their number in two bytes, as MQTT writes texts
//   {…}         what is in it behind its number in a variable byte integer, as MQTT writes the
//               length of a packet and of properties
//   'a'*200     a text so many times; "a"*200 likewise, behind one number
//   ?4          four bytes, whichever they are; only in what is expected
class Literal {
 public:
  // Nothing if the text is not written so.
  static std::optional<Literal> parse(std::string_view text);

  [[nodiscard]] Bytes bytes() const;
  [[nodiscard]] std::size_t size() const { return pattern_.size(); }
  [[nodiscard]] bool matches(ByteView bytes) const;

 private:
  friend class LiteralParser;
  std::vector<std::optional<std::uint8_t>> pattern_;  // empty: any byte
};

// Plays conversations between clients and a gateway: real sockets, real TLS, raw bytes, the clock
// in the script's hands. One line is one step:
//   ada > 10{"MQTT" 05 02 003c {} "a"}    ada sends; she dials first if she is not there
//   ada < 20{00 00 ?1 ?19}                these bytes come to her, and those before were all read
//   ada joins 5                           CONNECT of 5.0 (or 4: of 3.1.1) as herself, CONNACK
//   ada silent                            nothing has come: the next packet answers her PINGREQ
//   ada closed                            the server ends her connection, nothing more said
//   ada gone                              her connection is lost, and the server has noticed
//   wait 15 s                             the clock goes on
// A line that begins with # is a remark. The first step that fails is a failure of the test, and
// ends the play.
class Stage {
 public:
  // ada and bob are people of one organisation, eve of another; passwords are "password of ada".
  explicit Stage(Limits limits = {});

  void play(std::string_view script);
  // `name` is this client from now on, who need not be a person.
  void enter(const std::string& name, std::unique_ptr<Client> client);

  Hub hub;

 private:
  [[nodiscard]] std::optional<std::string> step(std::string_view line);
  [[nodiscard]] std::optional<std::string> act(const std::string& name, std::string_view deed);
  [[nodiscard]] std::optional<std::string> expect(Client& client, std::string_view text);
  [[nodiscard]] std::optional<std::string> join(const std::string& name, std::string_view version);

  std::map<std::string, std::unique_ptr<Client>> clients_;
};

}  // namespace fastness::gateway::testing
