#include "identity/identity_fixture_test.h"

#include "telemetry/log.h"

namespace fastness::identity::testing {

Result<std::unique_ptr<Identity>> IdentityTest::open(vault::testing::InProcessVault& with) {
  return Identity::open({database, with.client(), clock, random, with.start_keys(),
                         telemetry::Log::discard(), policy});
}

void IdentityTest::reopen() {
  identity.reset();
  auto opened = open(vault);
  ASSERT_TRUE(opened) << opened.error().message;
  identity = std::move(opened).value();
  identity->on_revoked([this](const Revocation& each) { revocations.push_back(each); });
  identity->on_forged([this](const ForgeryAlarm& each) { alarms.push_back(each); });
}

}  // namespace fastness::identity::testing
