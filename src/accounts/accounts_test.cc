#include "accounts/accounts.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "accounts/clock_tolerance.h"
#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

using testing::AccountsFixture;
using testing::kPassword;
using testing::secret;
using testing::text;

TEST_F(AccountsFixture, TheFirstUserComesByTheLinkAndOnlyOnce) {
  const auto link = accounts().setup_links().create(std::nullopt);
  ASSERT_TRUE(link);

  const auto session = set_up(link->token, "Owner@Example.org", "Greenhouse");

  ASSERT_TRUE(session);
  const auto user = accounts().users().find(session->session.user);
  EXPECT_EQ(*accounts().users().email(user->id), "owner@example.org");
  EXPECT_EQ(accounts().users().organisation(user->organisation)->name, "Greenhouse");
  EXPECT_EQ(set_up(link->token, "other@example.org", "Mine").error().code, Errc::unauthenticated);
  EXPECT_FALSE(*accounts().setup_links().is_open());
}

TEST_F(AccountsFixture, ASetUpLinkEndsAfterThirtyMinutes) {
  const auto link = accounts().setup_links().create(std::nullopt);
  EXPECT_TRUE(*accounts().setup_links().is_open());

  clock.advance(std::chrono::minutes(30));

  EXPECT_FALSE(*accounts().setup_links().is_open());
  EXPECT_EQ(set_up(link->token, "a@b.c", "G").error().code, Errc::unauthenticated);
}

TEST_F(AccountsFixture, ANewLinkEndsTheEarlierOne) {
  const auto first = accounts().setup_links().create(std::nullopt);
  const auto second = accounts().setup_links().create(std::nullopt);

  EXPECT_FALSE(set_up(first->token, "a@b.c", "G"));
  EXPECT_TRUE(set_up(second->token, "a@b.c", "G"));
}

TEST_F(AccountsFixture, ALinkUsedTwiceWhileThePasswordIsHashedWorksOnce) {
  const auto link = accounts().setup_links().create(std::nullopt);
  hasher.hold = true;
  std::vector<Result<Entered>> results;
  for (const char* email : {"a@b.c", "x@y.z"}) {
    accounts().sign_in().set_up(link->token, email, secret(kPassword), "G", {"192.0.2.1"},
                                [&](auto result) { results.push_back(std::move(result)); });
  }

  hasher.release();

  ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().code, Errc::unauthenticated);
}

TEST_F(AccountsFixture, ANewcomersLinkLetsThemChooseAddressAndNameButNobodyElsesAddress) {
  const auto mine = accounts().initialise("owner@localhost", "Mine", Accounts::WithKey::no);
  ASSERT_TRUE(accounts().initialise("you@x.y", "Yours", Accounts::WithKey::no));
  const std::string& token = mine->link.token;

  EXPECT_EQ(set_up(token, "you@x.y", "Mine").error().code, Errc::already_exists);
  EXPECT_EQ(set_up(token, "me@x.y", "").error().code, Errc::invalid_argument);
  EXPECT_EQ(set_up(token, "no address", "Mine").error().code, Errc::invalid_argument);
  EXPECT_EQ(sign_in("owner@localhost", kPassword).error().code, Errc::unauthenticated);
  const auto session = set_up(token, "Me@x.y", "Garden");

  ASSERT_TRUE(session);
  EXPECT_EQ(session->session.user, mine->user.id);
  EXPECT_EQ(accounts().users().organisation(mine->user.organisation)->name, "Garden");
  reopen();
  EXPECT_TRUE(sign_in("me@x.y", kPassword));
  EXPECT_EQ(sign_in("owner@localhost", kPassword).error().code, Errc::unauthenticated);
  EXPECT_EQ(sign_in("you@x.y", kPassword).error().code, Errc::unauthenticated);
}

TEST_F(AccountsFixture, ALinkForANewPasswordChangesNothingElse) {
  const auto mine = make_user("me@x.y");
  make_user("you@x.y");
  const auto link = accounts().setup_links().create(mine.session.user);

  EXPECT_EQ(set_up(link->token, "you@x.y", "Stolen").error().code, Errc::invalid_argument);
  EXPECT_EQ(set_up(link->token, "new@x.y", "Stolen").error().code, Errc::invalid_argument);
  const auto changed = set_up(link->token, "ME@x.y", "Stolen", "violet tractor umbrella lamp");
  ASSERT_TRUE(changed) << changed.error().message;

  EXPECT_TRUE(sign_in("me@x.y", "violet tractor umbrella lamp"));
  EXPECT_EQ(accounts().users().organisation(mine.session.organisation)->name, "Greenhouse");
}

TEST_F(AccountsFixture, ALinkSaysWhatItIsForAndOnlyWhileItIsGood) {
  const auto look = [&](const std::string& token) {
    return accounts().sign_in().look_up(token, "192.0.2.1");
  };
  const auto first = accounts().setup_links().create(std::nullopt);
  EXPECT_EQ(look(first->token)->email, "");

  const auto mine = accounts().initialise("me@x.y", "Mine", Accounts::WithKey::no);
  EXPECT_EQ(look(first->token).error().code, Errc::unauthenticated);
  EXPECT_EQ(look(mine->link.token)->email, "me@x.y");
  EXPECT_EQ(look(mine->link.token)->organisation, "Mine");
  EXPECT_FALSE(look(mine->link.token)->has_password);
  EXPECT_TRUE(*accounts().setup_links().is_open());

  ASSERT_TRUE(set_up(mine->link.token, "me@x.y", "Mine"));
  const auto again = accounts().setup_links().create(mine->user.id);
  EXPECT_TRUE(look(again->token)->has_password);
  EXPECT_FALSE(*accounts().setup_links().is_open()) << "a new password is nobody's set-up";
  clock.advance(std::chrono::minutes(30));
  EXPECT_EQ(look(again->token).error().code, Errc::unauthenticated);
  EXPECT_EQ(look("").error().code, Errc::unauthenticated);
}

TEST_F(AccountsFixture, GuessingLinksIsSlowed) {
  const auto link = accounts().setup_links().create(std::nullopt);
  auto& sign_in = accounts().sign_in();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(sign_in.look_up(link->token, "192.0.2.1"));

  int refused = 0;
  for (int i = 0; i < 30; ++i) {
    if (sign_in.look_up("guess", "192.0.2.1").error().code == Errc::exhausted) ++refused;
  }

  EXPECT_EQ(refused, 10);
}

TEST_F(AccountsFixture, TheOnlyNewcomerIsKnownUntilThereAreTwo) {
  auto& users = accounts().users();
  EXPECT_FALSE(*users.only_newcomer());
  const auto mine = accounts().initialise("me@x.y", "Mine", Accounts::WithKey::no);
  EXPECT_EQ((*users.only_newcomer())->id, mine->user.id);
  ASSERT_TRUE(accounts().initialise("you@x.y", "Yours", Accounts::WithKey::no));
  EXPECT_FALSE(*users.only_newcomer());
  ASSERT_TRUE(set_up(mine->link.token, "me@x.y", "Mine"));
  EXPECT_TRUE(*users.only_newcomer());
}

TEST_F(AccountsFixture, ShortPasswordsAreRefusedAndTheLinkStays) {
  const auto link = accounts().setup_links().create(std::nullopt);

  EXPECT_EQ(set_up(link->token, "a@b.c", "G", "eleven char").error().code, Errc::invalid_argument);
  EXPECT_EQ(set_up(link->token, "a@b.c", "G", std::string(1025, 'x')).error().code,
            Errc::invalid_argument);
  std::string longest = "correct horse battery staple ";
  longest.resize(1024, '-');
  EXPECT_TRUE(set_up(link->token, "a@b.c", "G", longest));
}

TEST_F(AccountsFixture, PasswordsThatAreEasyToGuessAreRefusedAndTheLinkStays) {
  const auto link = accounts().setup_links().create(std::nullopt);

  for (const char* easy : {"password1234", "qwertyuiopasdf", "babbagebabbage",
                           "babbage@analytical.org", "greenhouse-2026"}) {
    const auto made = set_up(link->token, "babbage@analytical.org", "Greenhouse", easy);
    ASSERT_FALSE(made) << easy;
    EXPECT_EQ(made.error().code, Errc::invalid_argument) << easy;
    EXPECT_FALSE(made.error().message.find(easy) != std::string::npos);
  }
  EXPECT_TRUE(
      set_up(link->token, "babbage@analytical.org", "Greenhouse", "correct horse battery staple"));
}

TEST_F(AccountsFixture, APasswordIsTakenAsItIs) {
  const std::string password = " violet Tractor  umbrella lamp ";
  const auto link = accounts().setup_links().create(std::nullopt);
  ASSERT_TRUE(set_up(link->token, "a@b.c", "G", password)) << "words alone are enough";

  for (const char* other : {"violet Tractor  umbrella lamp", " violet tractor  umbrella lamp ",
                            " violet Tractor umbrella lamp ", " violet Tractor  umbrella lamp  "}) {
    EXPECT_EQ(sign_in("a@b.c", other).error().code, Errc::unauthenticated) << other;
  }
  EXPECT_TRUE(sign_in("a@b.c", password));
}

TEST_F(AccountsFixture, AWrongPasswordAndAnUnknownAddressLookTheSame) {
  make_user("a@b.c");

  const auto wrong = sign_in("a@b.c", "not the password");
  const auto unknown = sign_in("nobody@b.c", kPassword);

  EXPECT_EQ(wrong.error(), unknown.error());
  EXPECT_EQ(hasher.count, 3);  // one to make the user, and both attempts cost as much
  EXPECT_TRUE(sign_in(" A@B.c ", kPassword));
}

TEST_F(AccountsFixture, StrangersCannotShutTheRightUserOut) {
  make_user("a@b.c");
  ASSERT_TRUE(sign_in("a@b.c", kPassword, "192.0.2.7"));

  for (int i = 0; i < 100; ++i) {
    static_cast<void>(sign_in("a@b.c", "guess", "198.51." + std::to_string(i) + ".9").has_value());
  }

  EXPECT_EQ(sign_in("a@b.c", kPassword, "203.0.113.1").error().code, Errc::exhausted);
  EXPECT_TRUE(sign_in("a@b.c", kPassword, "192.0.2.200"));
  clock.advance(std::chrono::seconds(30));
  EXPECT_TRUE(sign_in("a@b.c", kPassword, "203.0.113.1"));
}

TEST_F(AccountsFixture, OneNetworkGetsOnlySoManyAttempts) {
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    const auto result = sign_in("u" + std::to_string(i) + "@b.c", "guess", "2001:db8::1");
    if (result.error().code == Errc::exhausted) ++refused;
  }

  EXPECT_EQ(refused, 20);
  EXPECT_EQ(hasher.count, 20);
}

TEST_F(AccountsFixture, SessionsEndByIdlenessByAgeAndByHand) {
  make_user("a@b.c");
  auto& sessions = accounts().sessions();
  const auto idle = sign_in("a@b.c", kPassword);
  const auto busy = sign_in("a@b.c", kPassword);

  for (int hour = 0; hour < 24 * 7 - 1; ++hour) {
    clock.advance(std::chrono::hours(1));
    EXPECT_TRUE(sessions.find(busy->token));
    EXPECT_EQ(sessions.is_alive(idle->id), hour + 1 < 12);
  }
  EXPECT_FALSE(sessions.find(idle->token));
  clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(sessions.find(busy->token));

  const auto left = sign_in("a@b.c", kPassword);
  std::vector<SessionId> ended;
  sessions.on_ended([&](const SessionId& id) { ended.push_back(id); });
  ASSERT_TRUE(sessions.end(left->id));
  EXPECT_FALSE(sessions.find(left->token));
  EXPECT_EQ(ended, std::vector{left->id});
}

// T22: who moves the clock back makes nothing longer, and ends nothing for good.
TEST_F(AccountsFixture, ASessionOfTheFutureIsGoodForNothingUntilThen) {
  make_user("a@b.c");
  auto& sessions = accounts().sessions();
  const auto session = sign_in("a@b.c", kPassword);
  clock.set_calendar_back(kClockTolerance);
  EXPECT_TRUE(sessions.find(session->token));

  clock.set_calendar_back(std::chrono::seconds(1));

  EXPECT_EQ(sessions.find(session->token).error().code, Errc::unauthenticated);
  EXPECT_EQ(sessions.look(session->id).error().code, Errc::not_found);
  EXPECT_EQ(sessions.view_as(session->id, Role::viewer).error().code, Errc::not_found);
  EXPECT_FALSE(sessions.is_alive(session->id));
  EXPECT_TRUE(sign_in("a@b.c", kPassword)) << "who knows the password comes in";
  const auto listed = sessions.list(session->session.user);
  EXPECT_TRUE(std::ranges::count(listed, session->id, &Sessions::Listed::id)) << "it can be seen";

  ASSERT_TRUE(sessions.forget_expired());
  reopen();
  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(accounts().sessions().find(session->token)) << "the clock is right again";
  EXPECT_TRUE(accounts().sessions().end(session->session.user, session->id));
}

TEST_F(AccountsFixture, ASessionOfTheFutureIsEndedByHand) {
  make_user("a@b.c");
  auto& sessions = accounts().sessions();
  const auto session = sign_in("a@b.c", kPassword);
  clock.set_calendar_back(std::chrono::hours(1));

  ASSERT_TRUE(sessions.end(session->session.user, session->id));

  clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(sessions.find(session->token));
}

TEST_F(AccountsFixture, SessionsAndKeysSurviveARestart) {
  make_user("a@b.c");
  const auto session = sign_in("a@b.c", kPassword);
  const auto key = make_key(session->session);

  reopen();

  EXPECT_TRUE(accounts().sessions().find(session->token));
  EXPECT_TRUE(accounts().api_keys().authenticate(key.key.client_id, text(key.secret)));
  EXPECT_TRUE(sign_in("a@b.c", kPassword));
}

TEST_F(AccountsFixture, ALanguageIsTheHostsUntilThePersonChooses) {
  using wording::Language;
  const UserId me = make_user("me@x.y").session.user;
  const UserId other = make_user("other@x.y").session.user;
  EXPECT_EQ(accounts().users().language(me).value(), Language::english);

  ASSERT_TRUE(accounts().users().choose_language(me, Language::english));
  reopen();
  accounts().users().set_default_language(Language::german);
  EXPECT_EQ(accounts().users().language(me).value(), Language::english) << "over a restart";
  EXPECT_EQ(accounts().users().language(other).value(), Language::german);
  EXPECT_EQ(accounts().users().language(UserId(Uuid(Uuid::Bytes{9}))).error().code,
            Errc::not_found);

  ASSERT_TRUE(database.run("UPDATE user SET language = 'xx' WHERE id = ?", me));
  EXPECT_EQ(accounts().users().language(me).value(), Language::german)
      << "a language of a later release is none of ours";
}

TEST_F(AccountsFixture, TheCsrfTokenIsTheSessionsOwn) {
  make_user("a@b.c");
  const auto mine = sign_in("a@b.c", kPassword);
  const auto other = sign_in("a@b.c", kPassword);
  const auto& sessions = accounts().sessions();

  EXPECT_TRUE(sessions.is_csrf(mine->token, mine->csrf));
  EXPECT_FALSE(sessions.is_csrf(mine->token, other->csrf));
  EXPECT_FALSE(sessions.is_csrf(mine->token, ""));
  EXPECT_NE(mine->csrf, mine->token);
}

TEST_F(AccountsFixture, ANewPasswordEndsOtherSessions) {
  const auto user = make_user("a@b.c");
  const auto before = sign_in("a@b.c", kPassword);
  const auto link = accounts().setup_links().create(user.session.user);

  ASSERT_TRUE(set_up(link->token, "a@b.c", "", "another battery of horses"));

  EXPECT_FALSE(accounts().sessions().find(before->token));
  EXPECT_FALSE(sign_in("a@b.c", kPassword));
}

TEST_F(AccountsFixture, InitialisingTwiceMakesTwoOrganisationsButNotOneAddressTwice) {
  const auto waiting = accounts().setup_links().create(std::nullopt);
  const auto mine = accounts().initialise("me@x.y", "Mine", Accounts::WithKey::yes);
  const auto theirs = accounts().initialise("you@x.y", "Theirs", Accounts::WithKey::yes);

  ASSERT_TRUE(mine && theirs);
  EXPECT_NE(mine->user.organisation, theirs->user.organisation);
  EXPECT_EQ(mine->key->key.scopes, Scopes::all());
  EXPECT_FALSE(set_up(waiting->token, "x@x.y", "X"));
  const auto again = accounts().initialise("ME@x.y", "Again", Accounts::WithKey::no);
  EXPECT_EQ(again.error().code, Errc::already_exists);
  EXPECT_EQ(accounts().users().organisations()->size(), 2U);
}

TEST_F(AccountsFixture, NothingSecretIsInTheDatabase) {
  const auto session = make_user("planted@example.org");
  const auto key = make_key(session.session);
  static_cast<void>(accounts().setup_links().create(session.session.user).has_value());

  const auto rows = database.query<std::string>(
      "SELECT hex(sealed_email) || hex(email_index) || hex(salt) || hex(password) FROM user"
      " UNION ALL SELECT hex(digest) FROM session"
      " UNION ALL SELECT hex(client_id) || hex(secret) || hex(name) FROM api_key"
      " UNION ALL SELECT hex(digest) FROM setup_link");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 4U);
  std::string all;
  for (const auto& [row] : *rows) all += from_hex(row) ? std::string(as_text(*from_hex(row))) : "";
  ASSERT_NE(all.find(key.key.client_id), std::string::npos);
  for (const std::string_view planted :
       {std::string_view("planted@example.org"), std::string_view(kPassword),
        std::string_view(session.token), std::string_view(session.csrf), text(key.secret)}) {
    EXPECT_EQ(all.find(planted), std::string::npos);
    EXPECT_EQ(all.find(planted.substr(0, 12)), std::string::npos);
  }
}

TEST_F(AccountsFixture, AnEmailAddressIsHeldToItsLength) {
  const std::string domain = "@example.org";
  const std::string longest(fixed_limit("accounts.email_bytes") - domain.size(), 'x');

  EXPECT_TRUE(normalise_email(longest + domain));
  const auto refused = normalise_email(longest + "x" + domain);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "an e-mail address has at most 254 bytes");
}

TEST_F(AccountsFixture, AnOrganisationsNameIsHeldToItsLength) {
  const std::string longest(fixed_limit("accounts.organisation_bytes"), 'x');

  const auto refused = accounts().initialise("a@b.c", longest + "x", Accounts::WithKey::no);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "organisation must have 1 to 64 bytes");
  EXPECT_TRUE(accounts().initialise("a@b.c", longest, Accounts::WithKey::no));
}

TEST_F(AccountsFixture, APasswordIsHeldToItsLength) {
  const auto refusal = [](const std::string& password) {
    const auto checked = check_password(password, "a@b.c", "G");
    return checked ? "" : checked.error().message;
  };
  std::string strong;
  for (int i = 0; strong.size() <= kMaxPassword; ++i) {
    strong += static_cast<char>('!' + (i * 37) % 90);
  }
  EXPECT_EQ(refusal(strong.substr(0, kMinPassword)), "");
  EXPECT_EQ(refusal(strong.substr(0, kMinPassword - 1)), "must have 12 to 1024 characters");
  EXPECT_EQ(refusal(strong.substr(0, kMaxPassword)), "");
  EXPECT_EQ(refusal(strong), "must have 12 to 1024 characters");
}

TEST_F(AccountsFixture, APersonHasOnlySoManySessions) {
  const auto first = make_user("a@b.c");
  const Session session = first.session;
  auto& sessions = accounts().sessions();
  std::vector<NewSession> made;
  for (std::size_t i = 1; i < Sessions::kMaxPerUser; ++i) {
    clock.advance(std::chrono::seconds(1));
    made.push_back(sessions.create(session.user, session.organisation).value());
  }
  EXPECT_TRUE(sessions.is_alive(first.id)) << "at the limit";

  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(sessions.create(session.user, session.organisation));

  EXPECT_FALSE(sessions.is_alive(first.id)) << "the one unused longest";
  EXPECT_TRUE(sessions.is_alive(made.front().id));
}

TEST_F(AccountsFixture, OneAccountTakesOnlySoManyAttempts) {
  make_user("a@b.c");
  std::size_t attempts = 0;
  const auto attempt = [&] {  // each from a network of its own
    const std::string address = "198.51." + std::to_string(++attempts) + ".9";
    return sign_in("a@b.c", "guess", address).error().code;
  };

  for (std::size_t i = 0; i < fixed_limit("accounts.attempts_of_account"); ++i) {
    EXPECT_EQ(attempt(), Errc::unauthenticated);
  }
  EXPECT_EQ(attempt(), Errc::exhausted);
}

}  // namespace
}  // namespace fastness::accounts
