#include "accounts/news/news_letter.h"

#include "base/minute_text.h"

namespace fastness::accounts {
namespace {

std::string title_of(NewsKind kind) {
  switch (kind) {
    case NewsKind::password_changed:
      return "your password was changed";
    case NewsKind::password_set_by_link:
      return "your password was replaced by a link";
    case NewsKind::factor_set:
      return "your account has a new second factor";
    case NewsKind::factor_removed:
      return "your second factor was taken away";
    case NewsKind::factor_reset:
      return "the host took your second factor away";
    case NewsKind::recovery_codes_made:
      return "you have other recovery codes";
    case NewsKind::recovery_code_used:
      return "a recovery code was used";
    case NewsKind::signed_out_elsewhere:
      return "you were signed out everywhere else";
    case NewsKind::new_place:
      return "a sign-in from a new place";
    case NewsKind::wrong_passwords:
      return "many wrong passwords";
    case NewsKind::wrong_codes:
      return "many wrong codes";
    case NewsKind::key_created:
      return "an API key was made";
    case NewsKind::key_in_new_network:
      return "an API key was used from a new network";
    case NewsKind::key_refused_elsewhere:
      return "an API key was tried where it may not be used";
    case NewsKind::honey_key_used:
      return "a honey key was tried";
    case NewsKind::key_leaked:
      return "an API key was found by somebody, and has ended";
    case NewsKind::exported:
      return "your data were taken along";
    case NewsKind::exported_by_host:
      return "your data were exported on the host";
    case NewsKind::role_changed:
      return "you may do other things in an organisation than before";
    case NewsKind::left_organisation:
      return "you are no longer in an organisation";
    case NewsKind::joined_organisation:
      return "you are in another organisation";
    case NewsKind::invitation_accepted:
      return "somebody accepted your invitation";
    case NewsKind::organisation_handed_over:
      return "your organisation was handed over";
    case NewsKind::organisation_received:
      return "an organisation is yours now";
    case NewsKind::passkey_added:
      return "a passkey was added";
    case NewsKind::passkey_removed:
      return "a passkey was removed";
    case NewsKind::passkeys_reset:
      return "the host took your passkeys away";
    case NewsKind::passkey_doubted:
      return "one of your passkeys may have been copied";
    case NewsKind::sign_in_linked:
      return "a linked sign-in was added";
    case NewsKind::sign_in_unlinked:
      return "a linked sign-in was removed";
    case NewsKind::sign_ins_reset:
      return "the host took your linked sign-ins away";
    case NewsKind::impossible_travel:
      return "sign-ins from two places too far apart";
    case NewsKind::key_read_much:
      return "an API key reads far more than usual";
    case NewsKind::read_much:
      return "far more than usual is read in your name";
  }
  return "see the console";
}

std::string from_where(const Visitor& visitor) {
  return (visitor.address.empty() ? "" : " from " + visitor.address) +
         (visitor.browser.empty() ? "" : " with " + visitor.browser);
}

std::string last_one(const std::string& from) {
  return from.empty() ? ", the last in a session of yours" : ", the last" + from;
}

// What comes after the time: "On 2026-11-22 01:30 UTC ...".
std::string deed(const News& news) {
  const std::string from = from_where(news.from);
  const std::string key = "the API key " + news.client_id;
  switch (news.kind) {
    case NewsKind::password_changed:
      return "your password was changed by somebody who knew the one before. All other sessions "
             "have ended.";
    case NewsKind::password_set_by_link:
      return "your password was replaced by a link that whoever runs this server had made. All "
             "sessions of before have ended.";
    case NewsKind::factor_set:
      return "an authenticator app was set for your account, with recovery codes. An app of "
             "before and its codes count no more.";
    case NewsKind::factor_removed:
      return "your second factor was taken away. The password alone signs in now.";
    case NewsKind::factor_reset:
      return "whoever runs this server took your second factor away. The password alone signs in "
             "now.";
    case NewsKind::recovery_codes_made:
      return "other recovery codes were made. Those of before count no more.";
    case NewsKind::recovery_code_used:
      return "a recovery code was used in place of a code of your app. It counts no more.";
    case NewsKind::signed_out_elsewhere:
      return "all sessions of your account but one were ended" + from + ".";
    case NewsKind::new_place:
      return "somebody signed in to your account" + from +
             ": a network or a browser that it was not used from in the last 90 days.";
    case NewsKind::wrong_passwords:
      return "many wrong passwords had been tried for your account" + last_one(from) +
             ". You are told of this once a day.";
    case NewsKind::wrong_codes:
      return "many wrong codes of your second factor had been tried by somebody who knows your "
             "password" +
             last_one(from) + ". You are told of this once a day.";
    case NewsKind::key_created:
      return key + " was made. It acts for you.";
    case NewsKind::key_in_new_network:
      return key + " was used" + from + ", where it was not used before.";
    case NewsKind::key_refused_elsewhere:
      return key + " was tried" + from +
             ", which is in none of its networks. It was refused, but whoever tried has its "
             "secret.";
    case NewsKind::honey_key_used:
      return "the honey key " + news.client_id + " was tried" + from +
             ". It opens nothing, but somebody has been where you put it.";
    case NewsKind::key_leaked:
      return "somebody reported that they found the secret of " + key +
             ". It has ended, and what used it is cut off.";
    case NewsKind::exported:
      return "all that is kept about you was taken along in one file" + from + ".";
    case NewsKind::exported_by_host:
      return "whoever runs this server exported all that is kept about you to one file.";
    case NewsKind::role_changed:
      return "somebody who administers an organisation that you are in gave you another role "
             "there, or other things. The page People says which.";
    case NewsKind::left_organisation:
      return "you were let go from an organisation that you were in, or left it. The API keys that "
             "you made there have ended.";
    case NewsKind::joined_organisation:
      return "you came into an organisation by an invitation.";
    case NewsKind::invitation_accepted:
      return "somebody whom you had invited came into an organisation of yours. The page People "
             "has who is in it.";
    case NewsKind::organisation_handed_over:
      return "an organisation of yours was handed over in a session of yours. You administer it, "
             "and somebody else owns it.";
    case NewsKind::organisation_received:
      return "an organisation that you are in was handed over to you. You own it now.";
    case NewsKind::passkey_added:
      return "a passkey was added to your account. It signs in without the password.";
    case NewsKind::passkey_removed:
      return "a passkey of your account was removed. It signs in no more.";
    case NewsKind::passkeys_reset:
      return "whoever runs this server took your passkeys away. Your password signs in.";
    case NewsKind::passkey_doubted:
      return "a passkey of yours was used" + from +
             " and refused: it counts its uses, and counted fewer than before. There may be two "
             "of it.";
    case NewsKind::sign_in_linked:
      return "a sign-in by " + news.client_id +
             " was added to your account. Whoever is signed in there as that person gets as far "
             "here as with your password.";
    case NewsKind::sign_in_unlinked:
      return "a sign-in by " + news.client_id +
             " was removed from your account. It signs in no more.";
    case NewsKind::sign_ins_reset:
      return "whoever runs this server took your sign-ins by others away. Your password signs in.";
    case NewsKind::impossible_travel:
      return "somebody signed in to your account" + from +
             ": so far from the place of the sign-in before it that nobody can have travelled "
             "between the two in that time. A VPN, or the network of a telephone, can look like "
             "that; if it was neither, one of the two was not you.";
    case NewsKind::key_read_much:
      return key +
             " was given far more data within an hour than in any hour of the last weeks, "
             "the last of it" +
             from + ". It goes on. You are told of this once a day.";
    case NewsKind::read_much:
      return "far more data was read in sessions of yours within an hour than in any hour of the "
             "last weeks, the last of it" +
             from + ". You are told of this once a day.";
  }
  return {};
}

std::string told(const WaitingNews& waiting) {
  std::string text = "On " + minute_text(waiting.last) + " " + deed(waiting.news);
  if (waiting.times > 1) {
    text += " That was the last of " + std::to_string(waiting.times) + " times since " +
            minute_text(waiting.first) + ".";
  }
  return text;
}

std::string if_not_you() {
  return "If it was you, nothing. If not: sign in, choose another password on the page Account, "
         "which signs everybody else out, and end the passkeys, linked sign-ins and API keys that "
         "you do not know. "
         "If you cannot sign in, ask whoever runs this server for a link to choose a password, and "
         "whether they did this.";
}

std::string to_do(NewsKind kind) {
  switch (kind) {
    case NewsKind::wrong_passwords:
      return "Whoever it was is not in. If your password is used elsewhere too, choose another, "
             "and set a second factor on the page Account: it keeps out who finds the password.";
    case NewsKind::wrong_codes:
      return "Choose another password on the page Account, now. If it was you, look whether the "
             "clock of your app is right.";
    case NewsKind::passkey_doubted:
      return "Remove this passkey on the page Account, which says which it is, and add another.";
    case NewsKind::key_in_new_network:
    case NewsKind::key_refused_elsewhere:
    case NewsKind::key_read_much:
      return "If you know why, nothing. If not, end this key on the page API keys: what uses it "
             "stops at once.";
    case NewsKind::honey_key_used:
      return "Find out who reads where you put it, and take other secrets that lie there as known.";
    case NewsKind::role_changed:
    case NewsKind::left_organisation:
    case NewsKind::organisation_received:
      return "If you do not know why, ask who administers that organisation.";
    case NewsKind::invitation_accepted:
      return "If you invited nobody, let them go on the page People, and choose another password "
             "on "
             "the page Account.";
    case NewsKind::key_leaked:
      return "Make another key for what used it, and find out how this one got out.";
    default:
      return if_not_you();
  }
}

std::string ending(const std::string& console) {
  const std::string where = console.empty() ? "" : ": " + console + "audit";
  return "\nThe page Audit has all that was done, and from where" + where +
         "\nNobody who runs this server asks for your password or a code.\n";
}

}  // namespace

NewsLetter letter_about(const std::vector<WaitingNews>& news, const std::string& console) {
  if (news.size() == 1) {
    const WaitingNews& only = news.front();
    return {"Fastness: " + title_of(only.news.kind),
            "What happened\n" + told(only) + "\n\nWhat to do\n" + to_do(only.news.kind) + "\n" +
                ending(console)};
  }
  NewsLetter letter{"Fastness: " + std::to_string(news.size()) + " pieces of news of your account",
                    "What happened\n"};
  for (const WaitingNews& each : news) letter.body += "\n- " + told(each) + "\n";
  letter.body += "\nWhat to do\n" + if_not_you() + "\n" + ending(console);
  return letter;
}

}  // namespace fastness::accounts
