// Who is erased is gone with their share of the keys, or is there with it, whatever the disk does.
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "accounts/accounts.h"
#include "accounts/erasure/erasures.h"
#include "accounts/testing/durable_accounts.h"

namespace fastness::accounts {
namespace {

using testing::DurableAccounts;
using testing::text;

class ErasureDurability : public DurableAccounts {
 protected:
  void come() {
    mine_ = make_user("me@x.y");
    key_ = make_key(mine_->session);
  }
  // Over the accounts that are open now.
  std::unique_ptr<Erasures> erasures() {
    auto opened = Erasures::open(database, accounts(), clock).value();
    opened->set_work(
        {[this](OrganisationId organisation) -> Result<bool> {
           return tombstones_.contains(organisation);
         },
         [this](OrganisationId organisation, const std::optional<UserId>& person) -> Result<void> {
           if (!person) tombstones_.insert(organisation);
           return {};
         },
         [](OrganisationId, const Erasures::Done& done) { done({}); }});
    return opened;
  }
  // After what the next start does, which is also what the next minute does.
  [[nodiscard]] std::string rest() {
    const auto taken_up = erasures();
    EXPECT_TRUE(taken_up->resume());
    const std::vector<Erasure> orders = taken_up->list().value();
    const auto secret = text(key_->secret);
    std::string words = accounts().users().find(mine_->session.user) ? "somebody" : "nobody";
    if (!tombstones_.contains(mine_->session.organisation)) words += ", a share";
    if (accounts().sessions().find(mine_->token)) words += ", a session";
    if (accounts().api_keys().authenticate(key_->key.client_id, secret)) words += ", a key";
    for (const Erasure& each : orders) words += ", " + std::string(to_text(each.state));
    return words;
  }

  std::optional<NewSession> mine_;
  std::optional<NewApiKey> key_;
  std::set<OrganisationId> tombstones_;  // what the vault keeps, whose disk is another
};

TEST_F(ErasureDurability, AnOrderIsCarriedOutWhollyOrWasNotGiven) {
  at_each_call({
      .prepare =
          [&] {
            come();
            static_cast<void>(erasures());  // its table
          },
      .attempt =
          [&] {
            std::optional<Erasure> told;
            const User me = accounts().users().find(mine_->session.user).value();
            erasures()->erase(me, ErasureCause::person, [&](const Result<Erasure>& order) {
              if (order) told = *order;
            });
            return told.has_value();
          },
      .look = [&] { return rest(); },
      .before = "somebody, a share, a session, a key",
      .after = "nobody, erased",
      .then = [&](bool) { tombstones_.clear(); },
  });
}

}  // namespace
}  // namespace fastness::accounts
