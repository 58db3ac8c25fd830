// The authority as the owner of the host moves it, over a real vault that breaks on command.
#include "identity/authority/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/x509/certificate_body.h"
#include "identity/identity_fixture_test.h"
#include "os/testing/faulty_file_system.h"
#include "telemetry/log.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::IdentityTest;
using vault::testing::InProcessVault;
using vault_ipc::Generation;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::Profile;

using enum GenerationState;

RotationOrder routine(std::chrono::seconds soak = 0s) {
  RotationOrder order;
  order.reason = "as every month";
  order.soak = soak;
  return order;
}

RotationOrder emergency(std::optional<Timestamp> cut_off = std::nullopt) {
  RotationOrder order;
  order.kind = RotationKind::emergency;
  order.reason = "the backup was stolen";
  order.board_cut_off = cut_off;
  return order;
}

using States = std::vector<GenerationState>;

States states_of(Authority& authority) {
  States states;
  const auto list = authority.generations();
  EXPECT_TRUE(list);
  for (const Generation& each : list.value()) states.push_back(each.state);
  return states;
}

class AuthorityTest : public IdentityTest {
 protected:
  Authority& authority() { return identity->authority(); }
  States states() { return states_of(authority()); }

  bool is_admitted(const Bytes& leaf) {
    return identity->published().load()->admit_certificate(leaf, clock.now()).has_value();
  }
};

TEST_F(AuthorityTest, ARoutineRotationWaitsForItsSoakAndTouchesNobody) {
  const Bytes leaf = enrol(Profile::standard);
  std::vector<CertificateKind> lapsed;
  identity->on_lapsed([&](const CertificateKind& kind) { lapsed.push_back(kind); });

  const auto begun = authority().rotate(routine(1h));

  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_EQ(begun->step, RotationStep::soaking);
  EXPECT_EQ(states(), (States{issuing, trusted}));
  clock.advance(59min);
  identity->tick();
  EXPECT_EQ(states(), (States{issuing, trusted}));
  clock.advance(1min);
  identity->tick();
  EXPECT_EQ(states(), (States{retiring, issuing}));
  EXPECT_EQ(authority().rotation()->step, RotationStep::renewing);
  EXPECT_TRUE(is_admitted(leaf));
  EXPECT_TRUE(lapsed.empty() && revocations.empty());

  ASSERT_FALSE(enrol(Profile::standard).empty());  // by itself, with the key it has
  EXPECT_EQ(identity->certificates(mine, device)->at(0).entry.generation, GenerationId(2));
  clock.advance(10min);
  identity->tick();
  EXPECT_EQ(authority().rotation()->step, RotationStep::completed);
  EXPECT_EQ(authority().rotation()->ended_at, clock.now());
}

TEST_F(AuthorityTest, AnEmergencyGivesTheOldKeyUpAndKeepsItsBoards) {
  const Bytes board = enrol(Profile::board);
  const DeviceId other(random_uuid(random));
  ASSERT_TRUE(identity->add_device(mine, other));
  const crypto::PrivateKey other_key = crypto::PrivateKey::generate();
  const auto standard =
      identity->enrol({mine, other, Profile::standard, request_for(other_key), {}});
  ASSERT_TRUE(standard);
  const Bytes standard_leaf = to_bytes(standard->certificate.der());
  clock.advance(1s);

  const auto begun = authority().rotate(emergency(clock.now() + 48h));

  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_EQ(begun->step, RotationStep::renewing);
  EXPECT_EQ(states(), (States{distrusted, issuing}));
  EXPECT_TRUE(is_admitted(board));
  EXPECT_FALSE(is_admitted(standard_leaf)) << "it may only enrol anew";
  ASSERT_TRUE(identity->enrol({mine, other, Profile::standard, request_for(other_key), {}}));
  clock.advance(48h);
  EXPECT_FALSE(is_admitted(board)) << "the cut-off";
  identity->tick();
  EXPECT_EQ(authority().rotation()->step, RotationStep::completed);
}

TEST_F(AuthorityTest, AForgedLeafIsNoLoginBeforeAndAfterAnEmergency) {
  ASSERT_FALSE(enrol(Profile::board).empty());
  const Bytes real = enrol(Profile::board);
  auto forged = crypto::signed_bytes_of(real).value().tbs;
  forged[20] ^= 1U;  // another serial number
  const Bytes leaf = crypto::assemble_certificate(forged, authority_key.sign(forged));
  const auto reason = [&] {
    return identity->published().load()->admit_certificate(leaf, clock.now()).error();
  };
  ASSERT_EQ(reason().reason, RefusalReason::forged);
  clock.advance(1s);

  ASSERT_TRUE(authority().rotate(emergency()));

  EXPECT_EQ(reason().reason, RefusalReason::forged);
  EXPECT_EQ(reason().forged->generation, GenerationId(1))
      << "the alarm still knows whose key it is";
  EXPECT_TRUE(is_admitted(real));
  ASSERT_TRUE(authority().destroy(GenerationId(1), 1));
  EXPECT_EQ(reason().reason, RefusalReason::forged);
}

TEST_F(AuthorityTest, ABadOrderChangesNothing) {
  RotationOrder order = routine();
  const auto refused = [&](const char* why) {
    const auto result = authority().rotate(order);
    ASSERT_FALSE(result) << why;
    EXPECT_EQ(result.error().code, Errc::invalid_argument);
    EXPECT_THAT(result.error().message, HasSubstr(why));
    order = routine();
  };
  order.reason = "";
  refused("1 to 200");
  order.reason = std::string(201, 'x');
  refused("1 to 200");
  order.reason = "two\nlines";
  refused("a line");
  order.board_cut_off = clock.now() + 24h;
  refused("for an emergency");
  order.soak = 8 * 24h;
  refused("7 days");
  order.soak = -1s;
  refused("7 days");
  order = emergency();
  order.soak = 1s;
  refused("does not wait");
  order = emergency(clock.now() - 24h);
  refused("past already");
  EXPECT_FALSE(authority().rotation());
  EXPECT_EQ(states(), States{issuing});
}

TEST_F(AuthorityTest, OneRotationAtATime) {
  ASSERT_TRUE(authority().rotate(routine(1h)));
  const auto second = authority().rotate(routine());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::already_exists);
  EXPECT_THAT(second.error().message, HasSubstr("routine rotation to generation 2 is under way"));
  EXPECT_EQ(states(), (States{issuing, trusted}));
}

TEST_F(AuthorityTest, AnEmergencyTakesOverFromARoutineRotationAndDropsItsKey) {
  ASSERT_TRUE(authority().rotate(routine(1h)));
  const auto begun = authority().rotate(emergency());
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_EQ(begun->to, GenerationId(3)) << "the prepared key was on the stolen disk too";
  EXPECT_EQ(states(), (States{distrusted, destroyed, issuing}));
  EXPECT_EQ(enrol(Profile::board).empty(), false);
  EXPECT_EQ(identity->certificates(mine, device)->at(0).entry.generation, GenerationId(3));
}

TEST_F(AuthorityTest, AnotherRotationMayBeginWhileDevicesStillCome) {
  static_cast<void>(enrol(Profile::standard));
  ASSERT_EQ(authority().rotate(routine())->step, RotationStep::renewing);
  const auto next = authority().rotate(routine());
  ASSERT_TRUE(next);
  EXPECT_EQ(next->number, 2);
  EXPECT_EQ(states(), (States{retiring, retiring, issuing}));
  const auto superseded = database.query_one<RotationStep, std::optional<Timestamp>>(
      "SELECT step, ended_at FROM identity_rotation WHERE number = 1");
  EXPECT_EQ(std::get<0>(**superseded), RotationStep::superseded);
  EXPECT_EQ(std::get<1>(**superseded), clock.now());
}

TEST_F(AuthorityTest, AnAbortBeforeIssuingLeavesEverythingAsItWas) {
  EXPECT_EQ(authority().abort().error().code, Errc::not_found);
  const Bytes leaf = enrol(Profile::standard);
  const Generation before = authority().generations()->at(0);
  ASSERT_TRUE(authority().rotate(routine(1h)));

  const auto ended = authority().abort();

  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->step, RotationStep::aborted);
  EXPECT_EQ(states(), (States{issuing, destroyed}));
  EXPECT_EQ(authority().generations()->at(0), before);
  EXPECT_TRUE(authority().generations()->at(1).new_with_old.empty());
  EXPECT_TRUE(is_admitted(leaf));
  EXPECT_EQ(authority().abort().error().code, Errc::not_found) << "the second time";
  clock.advance(2h);
  identity->tick();
  EXPECT_EQ(states(), (States{issuing, destroyed})) << "and it stays so";
  ASSERT_TRUE(authority().rotate(routine()));
  EXPECT_EQ(states(), (States{retiring, destroyed, issuing}));
}

TEST_F(AuthorityTest, AnAbortAfterIssuingOnlyMarksTheEnd) {
  static_cast<void>(enrol(Profile::standard));
  ASSERT_EQ(authority().rotate(routine())->step, RotationStep::renewing);
  const auto ended = authority().abort();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->step, RotationStep::aborted);
  EXPECT_EQ(states(), (States{retiring, issuing})) << "the order of states does not go back";
}

TEST_F(AuthorityTest, OnlyARetiringKeyIsDistrustedByHand) {
  const auto message = [&](std::uint32_t id) {
    const auto result = authority().distrust(GenerationId(id), std::nullopt);
    return result ? std::string() : result.error().message;
  };
  EXPECT_THAT(message(1), HasSubstr("fastness ca rotate --emergency"));
  EXPECT_THAT(message(9), HasSubstr("no generation 9"));
  ASSERT_TRUE(authority().rotate(routine(1h)));
  EXPECT_THAT(message(2), HasSubstr("fastness ca abort"));
  clock.advance(1h);
  identity->tick();
  EXPECT_EQ(message(1), "");
  EXPECT_EQ(states(), (States{distrusted, issuing}));
  EXPECT_TRUE(authority().generations()->at(0).old_with_new.empty());
  EXPECT_FALSE(authority().distrust(GenerationId(1), clock.now() - 48h)) << "a past cut-off";
  EXPECT_TRUE(authority().distrust(GenerationId(1), clock.now() + 48h)) << "it may be moved";
  ASSERT_TRUE(authority().destroy(GenerationId(1), 0));
  EXPECT_THAT(message(1), HasSubstr("destroyed already"));
}

TEST_F(AuthorityTest, AKeyIsDestroyedByWhoeverKnowsHowManyDependOnIt) {
  const Bytes board = enrol(Profile::board);
  clock.advance(1s);
  EXPECT_THAT(authority().destroy(GenerationId(1), 0).error().message,
              HasSubstr("fastness ca distrust 1"));
  ASSERT_TRUE(authority().rotate(emergency()));
  for (const std::size_t wrong : {0U, 2U}) {
    const auto refused = authority().destroy(GenerationId(1), wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::already_exists);
    EXPECT_THAT(refused.error().message, HasSubstr("--devices 1"));
  }
  EXPECT_EQ(states(), (States{distrusted, issuing}));

  ASSERT_TRUE(authority().destroy(GenerationId(1), 1));

  EXPECT_EQ(states(), (States{destroyed, issuing}));
  EXPECT_TRUE(is_admitted(board)) << "the ledger and the pinned key are enough";
  EXPECT_THAT(authority().destroy(GenerationId(1), 1).error().message, HasSubstr("already"));
}

TEST_F(AuthorityTest, EveryStepIsToldForTheTrail) {
  std::vector<std::string> told;
  std::vector<std::string> felt;
  authority().on_event([&](const AuthorityEvent& event) {
    told.push_back(event.action + " " + event.object);
    if (event.audience == AuthorityEvent::Audience::everybody) felt.push_back(event.object);
  });
  ASSERT_TRUE(authority().rotate(emergency()));
  EXPECT_THAT(told,
              ::testing::ElementsAre(
                  "ca.rotation_emergency generation:2", "ca.generation_staged generation:2",
                  "ca.generation_trusted generation:2", "ca.generation_distrusted generation:1",
                  "ca.generation_issuing generation:2", "ca.rotation_renewing generation:2",
                  "ca.rotation_completed generation:2"));
  EXPECT_THAT(felt, ::testing::ElementsAre("generation:1", "generation:2"));
}

TEST_F(AuthorityTest, ProgressIsOfTheRegistryAsItIs) {
  static_cast<void>(enrol(Profile::standard));
  ASSERT_TRUE(identity->add_device(mine, DeviceId(random_uuid(random))));
  ASSERT_TRUE(authority().rotate(routine()));
  const auto never = [](const DeviceStanding&) { return std::optional<Timestamp>(); };
  auto progress = authority().progress(never).value();
  EXPECT_EQ(progress.with_certificate, 1U);
  EXPECT_EQ(progress.without_certificate, 1U);
  EXPECT_EQ(progress.renewed, 0U);
  EXPECT_EQ(progress.stragglers.at(StragglerReason::not_seen), 1U);
  static_cast<void>(enrol(Profile::standard));
  progress = authority().progress(never).value();
  EXPECT_EQ(progress.renewed, 1U);
  EXPECT_EQ(progress.by_generation.count(GenerationId(1)), 0U) << "the newest counts";
  ASSERT_TRUE(identity->remove_device(mine, device));
  EXPECT_EQ(authority().progress(never)->with_certificate, 0U);
}

TEST_F(AuthorityTest, ARotationThatNobodyKnowsStopsTheStart) {
  ASSERT_TRUE(authority().rotate(routine(1h)));
  ASSERT_TRUE(database.run("UPDATE identity_rotation SET step = 77"));
  identity.reset();
  EXPECT_EQ(open(vault).error().code, Errc::corrupted);
}

// --- crashes ------------------------------------------------------------------------------------

// The hub dies after each of its requests to the vault in turn: the request never arrived, or it
// was carried out and nothing was kept of the answer. The next start goes on.
class HubCrashTest : public AuthorityTest,
                     public ::testing::WithParamInterface<InProcessVault::LastRequest> {
 protected:
  // Whether it died.
  bool die_at(std::size_t request, const std::function<void()>& act) {
    vault.cut_after(request, GetParam());
    act();
    const bool was_cut = vault.has_ended();
    identity.reset();
    vault.reconnect();
    reopen();
    return was_cut;
  }
};

INSTANTIATE_TEST_SUITE_P(Requests, HubCrashTest,
                         ::testing::Values(InProcessVault::LastRequest::lost,
                                           InProcessVault::LastRequest::carried_out));

TEST_P(HubCrashTest, AnEmergencyIsFinishedByTheNextStart) {
  std::size_t request = 1;  // the first one reads the list: nothing was ordered yet
  for (bool was_cut = true; was_cut; ++request) {
    SCOPED_TRACE(request);
    const auto number = static_cast<std::int64_t>(request);
    was_cut = die_at(request, [&] { static_cast<void>(authority().rotate(emergency())); });
    identity->tick();
    ASSERT_TRUE(authority().rotation());
    EXPECT_EQ(authority().rotation()->number, number) << "one order, one rotation";
    EXPECT_EQ(authority().rotation()->step, RotationStep::completed);
    States expected(request, distrusted);
    expected.push_back(issuing);
    EXPECT_EQ(states(), expected);
    const auto list = authority().generations().value();
    for (const Generation& each : list) EXPECT_TRUE(each.old_with_new.empty());
  }
  EXPECT_GT(request, 8U) << "every request was tried";
}

TEST_P(HubCrashTest, AnAbortIsFinishedByTheNextStart) {
  std::size_t request = 1;
  for (bool was_cut = true; was_cut; ++request) {
    SCOPED_TRACE(request);
    ASSERT_TRUE(authority().rotate(routine(1h)));
    was_cut = die_at(request, [&] { static_cast<void>(authority().abort()); });
    identity->tick();
    EXPECT_EQ(authority().rotation()->step, RotationStep::aborted);
    States expected(request + 1, destroyed);
    expected[0] = issuing;
    EXPECT_EQ(states(), expected);
  }
  EXPECT_GT(request, 5U);
}

// The vault's disk loses power at each of its writes in turn; then the whole instance starts anew.
TEST(VaultCrash, ARotationIsFinishedByTheNextStartWhereverTheDiskDied) {
  for (const RotationKind kind : {RotationKind::routine, RotationKind::emergency}) {
    std::uint64_t call = 1;
    for (bool was_cut = true; was_cut; ++call) {
      SCOPED_TRACE(std::string(to_text(kind)) + " " + std::to_string(call));
      fastness::testing::ManualClock clock{
          Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 29))};
      crypto::SystemRandom random;
      os::testing::FaultyFileSystem disk(call);
      InProcessVault vault(clock, random, disk);
      storage::Database database = storage::Database::open_in_memory().value();
      const auto open = [&] {
        return Identity::open({database, vault.client(), clock, random, vault.start_keys(),
                               telemetry::Log::discard()})
            .value();
      };
      auto identity = open();

      disk.cut_power_at(disk.calls() + call);
      const auto begun =
          identity->authority().rotate(kind == RotationKind::routine ? routine() : emergency());
      ASSERT_TRUE(begun) << "the order stands: " << begun.error().message;
      was_cut = disk.is_off();
      identity.reset();
      disk.restore_power();
      vault.restart();
      vault.reconnect();
      identity = open();
      identity->tick();

      EXPECT_EQ(identity->authority().rotation()->step, RotationStep::completed);
      const bool is_routine = kind == RotationKind::routine;
      EXPECT_EQ(states_of(identity->authority()),
                (States{is_routine ? retiring : distrusted, issuing}));
      const auto list = identity->authority().generations().value();
      EXPECT_EQ(list[0].old_with_new.empty(), !is_routine);
      ASSERT_TRUE(vault.client().issue_device_certificate(
          {DeviceId(random_uuid(random)),
           Profile::board,
           crypto::CertificateRequest::build(crypto::PrivateKey::generate(), "x").value(),
           {}}));
    }
    EXPECT_GT(call, 10U) << "every write was tried";
  }
}

}  // namespace
}  // namespace fastness::identity
