#include "accounts/news/letter/news_letter.h"

#include "accounts/news/letter/news_words.h"
#include "wording/moment.h"

namespace fastness::accounts {
namespace {

using wording::Letter;
using wording::Phrase;

Phrase told(const WaitingNews& waiting, const Phrase& deed) {
  const Phrase last = wording::minute(waiting.last);
  Phrase text = Phrase{.en = "On " + last.en + " ", .de = "Am " + last.de + " "} + deed;
  if (waiting.times <= 1) return text;
  const Phrase first = wording::minute(waiting.first);
  const Phrase times = wording::number(waiting.times);
  return text +
         Phrase{.en = " That was the last of " + times.en + " times since " + first.en + ".",
                .de = " Das war das letzte von " + times.de + " Malen seit dem " + first.de + "."};
}

Phrase what_happened() {
  return {.en = "What happened\n", .de = "Was geschehen ist\n"};
}

Phrase what_to_do(const Phrase& to_do) {
  return Phrase{.en = "\nWhat to do\n", .de = "\nWas zu tun ist\n"} + to_do + "\n";
}

Phrase ending(const std::string& console) {
  const std::string where = console.empty() ? "" : ": " + console + "audit";
  return {.en = "\nThe page Audit has all that was done, and from where" + where +
                "\nNobody who runs this server asks for your password or a code.\n",
          .de = "\nAlles, was getan wurde und von wo aus, steht auf der Seite „Audit“" + where +
                "\nNiemand, der diesen Server betreibt, fragt nach Ihrem Passwort oder einem "
                "Code.\n"};
}

}  // namespace

Letter letter_about(const std::vector<WaitingNews>& news, const std::string& console) {
  if (news.size() == 1) {
    const WaitingNews& only = news.front();
    const NewsWords words = words_of(only.news);
    return {.subject = "Fastness: " + words.title,
            .body = what_happened() + told(only, words.deed) + "\n" + what_to_do(words.to_do) +
                    ending(console)};
  }
  const Phrase count = wording::number(news.size());
  Letter letter{.subject = {.en = "Fastness: " + count.en + " pieces of news of your account",
                            .de = "Fastness: " + count.de + " Neuigkeiten zu Ihrem Konto"},
                .body = what_happened()};
  for (const WaitingNews& each : news) {
    letter.body += "\n- " + told(each, words_of(each.news).deed) + "\n";
  }
  letter.body += what_to_do(if_not_you()) + ending(console);
  return letter;
}

}  // namespace fastness::accounts
