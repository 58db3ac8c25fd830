// People with accounts and passkeys, some of them operators, for tests of what they sign.
#pragma once

#include <algorithm>
#include <string>

#include "accounts/testing/accounts_fixture.h"
#include "webauthn/ceremony.h"
#include "webauthn/testing/software_authenticator.h"

namespace fastness::accounts::testing {

class PasskeyPeople : public AccountsFixture {
 protected:
  struct Person {
    NewSession session;
    webauthn::testing::SoftwareAuthenticator authenticator;

    [[nodiscard]] UserId user() const { return session.session.user; }
    [[nodiscard]] OrganisationId home() const { return session.session.organisation; }
  };

  Person person(const std::string& email) {
    Person made{make_user(email), webauthn::testing::SoftwareAuthenticator()};
    const auto offer = accounts().passkeys().offer(made.session.id, made.user()).value();
    const auto said = made.authenticator.create(webauthn::testing::Asked(party_, offer.challenge));
    EXPECT_TRUE(accounts().passkeys().add(made.session.id, made.user(), "Key",
                                          as_bytes(said.client_data), said.authenticator_data,
                                          party_));
    return made;
  }
  [[nodiscard]] RawPasskeyUse sign(const Person& by, const PasskeyOffer& offer) const {
    const auto said = by.authenticator.get(webauthn::testing::Asked(party_, offer.challenge));
    return {by.authenticator.id(),
            {},
            to_bytes(as_bytes(said.client_data)),
            said.authenticator_data,
            said.signature};
  }
  [[nodiscard]] bool is_told(const Person& person, NewsKind kind) {
    const auto waiting = accounts().news().waiting(person.user()).value();
    return std::ranges::any_of(waiting,
                               [&](const WaitingNews& each) { return each.news.kind == kind; });
  }

  const webauthn::RelyingParty party_ =
      webauthn::RelyingParty::of(webauthn::RelyingParty::Scheme::https, "localhost", 8443).value();
};

}  // namespace fastness::accounts::testing
