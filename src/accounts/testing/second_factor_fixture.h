#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/testing/accounts_fixture.h"
#include "crypto/password/one_time_code.h"

namespace fastness::accounts::testing {

// People with an app for codes, and what they show.
class SecondFactor : public AccountsFixture {
 protected:
  static constexpr std::string_view kOther = "violet tractor umbrella lamp";

  struct Person {
    NewSession session;
    User user;
    crypto::SecretBytes app;
    std::vector<std::string> recovery_codes;
  };

  // Signed in from 192.0.2.1, with a factor whose first code was used half a minute ago.
  Person make_person(const std::string& email) {
    NewSession session = make_user(email);
    const User user = accounts().users().find(session.session.user).value();
    const auto offer = accounts().factors().offer(user.id);
    crypto::SecretBytes app = app_secret(offer.secret);
    auto codes = accounts().factors().confirm(user, code(app)).value();
    clock.advance(std::chrono::seconds(30));
    return {std::move(session), user, std::move(app), std::move(codes)};
  }

  std::string code(const crypto::SecretBytes& app, std::int64_t steps = 0) {
    const auto step = static_cast<std::int64_t>(crypto::one_time_step(clock.now()));
    return crypto::one_time_code(app, static_cast<std::uint64_t>(step + steps));
  }

  // One that is right in no step near.
  std::string wrong_code(const crypto::SecretBytes& app) {
    for (int guess = 100'000;; ++guess) {
      const std::string text = std::to_string(guess);
      if (text != code(app, -1) && text != code(app) && text != code(app, 1)) return text;
    }
  }

  std::string waiting(const std::string& email, std::string_view address = "192.0.2.1") {
    auto entered = enter(email, kPassword, address);
    EXPECT_TRUE(entered) << entered.error().message;
    if (!entered) return {};
    const Entered value = std::move(entered).value();
    const auto* needed = std::get_if<FactorNeeded>(&value);
    EXPECT_NE(needed, nullptr) << "no code was asked for";
    return needed != nullptr ? needed->token : std::string();
  }

  Result<NewSession> give(const std::string& token, std::string_view raw_code,
                          const std::string& address = "192.0.2.1") {
    return std::move(accounts().sign_in().give_code(token, raw_code, {address}).session);
  }
  Errc refusal(const std::string& token, std::string_view raw_code,
               const std::string& address = "192.0.2.1") {
    const auto made = give(token, raw_code, address);
    EXPECT_FALSE(made) << "came in";
    return made ? Errc::corrupted : made.error().code;
  }

  Result<void> prove(const NewSession& session, std::string_view password,
                     const std::string& raw_code = "") {
    std::vector<Result<void>> results;
    accounts().sign_in().prove(session.id, session.session.user, secret(password), raw_code,
                               [&](auto result) { results.push_back(std::move(result)); });
    EXPECT_EQ(results.size(), 1U);
    return std::move(results.front());
  }
  Result<void> change_password(const NewSession& session, std::string_view current,
                               std::string_view wanted) {
    std::vector<Result<void>> results;
    accounts().sign_in().change_password(
        session.id, session.session.user, secret(current), secret(wanted),
        [&](auto result) { results.push_back(std::move(result)); });
    EXPECT_EQ(results.size(), 1U);
    return std::move(results.front());
  }
  bool is_proven(const NewSession& session) {
    return accounts().sessions().is_proven(accounts().sessions().find(session.token)->session);
  }
};

}  // namespace fastness::accounts::testing
