// Orders of the host that two people have to agree to, as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/staff/access_grant.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "crypto/digest.h"

namespace fastness::accounts {

using OrderId = StrongId<struct OrderIdTag>;

// What somebody asks for on the socket of the host. But for `words`, nothing here is secret or
// names anybody by their address: it is signed, and kept.
struct HostRequest {
  std::string action;      // as the trail calls it: "ca.destroy"
  std::string object;      // what it is about, the same: "generation:3"
  std::string detail;      // what else it says, in one line; may be empty
  std::string words;       // all of it for a person, in a sentence; never leaves the memory
  crypto::Digest content;  // of the whole of it: another one is another order
};

enum class OrderState : std::uint8_t {
  waiting,   // for two people
  approved,  // the same request is done if it comes again
  doing,     // it came
};

// "waiting", …
[[nodiscard]] std::string_view to_text(OrderState state);

struct HostOrder {
  struct Approval {
    UserId by;
    Timestamp at;
  };

  OrderId id;
  HostRequest request;
  OrderState state;
  Timestamp asked_at;
  Timestamp until;  // while it waits, until when it can be approved; then, until when it is good
  std::vector<Approval> approvals = {};
  bool is_by_codes = false;  // two of the sealed codes took their place
};

// What somebody signs who approves it; see statement_of an access grant.
[[nodiscard]] std::string statement_of(UserId by, const HostOrder& order);

// That signature, as it is kept.
struct SignedOrder {
  UserId by;
  Timestamp at;
  StatementSignature signature;
};

}  // namespace fastness::accounts
