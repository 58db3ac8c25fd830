#include "upkeep/trouble.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace fastness::upkeep {
namespace {

struct Row {
  Trouble trouble;
  std::string_view word;
  std::string_view en;
  std::string_view de;
};

constexpr Row kRows[] = {
    {.trouble = Trouble::directory,
     .word = "directory",
     .en = "the directory for backups could not be read or written: it may be gone, or its disk "
           "not mounted",
     .de = "Das Verzeichnis für Sicherungen konnte nicht gelesen oder beschrieben werden. "
           "Vielleicht fehlt es, oder sein Datenträger ist nicht eingehängt"},
    {.trouble = Trouble::copy,
     .word = "copy",
     .en = "the instance could not copy its files: there may be too little room in the data "
           "directory",
     .de = "Die Instanz konnte ihre Dateien nicht kopieren. Vielleicht ist im Datenverzeichnis zu "
           "wenig Platz"},
    {.trouble = Trouble::pack,
     .word = "pack",
     .en = "the backup could not be written: the disk that it goes to may be full",
     .de = "Die Sicherung konnte nicht geschrieben werden. Vielleicht ist ihr Datenträger voll"},
    {.trouble = Trouble::verify,
     .word = "verify",
     .en = "what was written could not be read back whole: the disk that it lies on may be failing",
     .de = "Was geschrieben wurde, ließ sich nicht vollständig zurücklesen. Vielleicht ist der "
           "Datenträger defekt, auf dem es liegt"},
    {.trouble = Trouble::tidy,
     .word = "tidy",
     .en = "a backup was made, but older ones could not be removed",
     .de = "Eine Sicherung wurde erstellt, aber ältere konnten nicht entfernt werden"},
    {.trouble = Trouble::late,
     .word = "late",
     .en = "none was made in time, and nothing said why",
     .de = "Es wurde nicht rechtzeitig eine erstellt, und ein Grund ist nicht bekannt"},
    {.trouble = Trouble::room,
     .word = "room",
     .en = "no backup could be restored on trial: the disk of the data directory has too little "
           "room for a second copy",
     .de = "Keine Sicherung konnte probeweise wiederhergestellt werden. Der Datenträger des "
           "Datenverzeichnisses hat zu wenig Platz für eine zweite Kopie"},
    {.trouble = Trouble::unpack,
     .word = "unpack",
     .en = "a backup was made, and could not be restored on trial: the disk that it lies on or "
           "that of the data directory may be failing",
     .de = "Eine Sicherung wurde erstellt und konnte nicht probeweise wiederhergestellt werden. "
           "Vielleicht ist der Datenträger defekt, auf dem sie liegt, oder der des "
           "Datenverzeichnisses"},
    {.trouble = Trouble::open,
     .word = "open",
     .en = "a backup was made and restored on trial, and what it holds is damaged: this "
           "instance's own files may be, too",
     .de = "Eine Sicherung wurde erstellt und probeweise wiederhergestellt, und was sie enthält, "
           "ist beschädigt. Die Dateien dieser Instanz sind es vielleicht auch"},
    {.trouble = Trouble::untested,
     .word = "untested",
     .en = "no backup was restored on trial for a long time, and nothing said why",
     .de = "Seit langem wurde keine Sicherung probeweise wiederhergestellt, und ein Grund ist "
           "nicht bekannt"},
};

const Row& row_of(Trouble trouble) {
  return *std::ranges::find(kRows, trouble, &Row::trouble);
}

}  // namespace

bool is_of_test_restore(Trouble trouble) {
  return trouble >= Trouble::room;
}

std::string_view to_text(Trouble trouble) {
  return row_of(trouble).word;
}

std::optional<Trouble> parse_trouble(std::string_view text) {
  const auto* found = std::ranges::find(kRows, text, &Row::word);
  return found == std::end(kRows) ? std::nullopt : std::optional(found->trouble);
}

wording::Phrase explanation(Trouble trouble) {
  const Row& row = row_of(trouble);
  return {.en = std::string(row.en), .de = std::string(row.de)};
}

std::string to_text(const Streak& streak) {
  return std::string(to_text(streak.trouble)) + " " +
         std::to_string(streak.since.time_since_epoch().count());
}

std::optional<Streak> parse_streak(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto trouble = parse_trouble(text.substr(0, space));
  const std::string_view digits = text.substr(space + 1);
  std::int64_t since = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), since);
  const bool is_whole = status == std::errc() && end == digits.data() + digits.size();
  if (!trouble || !is_whole) return std::nullopt;
  return Streak{*trouble, Timestamp(std::chrono::microseconds(since))};
}

}  // namespace fastness::upkeep
