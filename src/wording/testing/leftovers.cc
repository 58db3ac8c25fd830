#include "wording/testing/leftovers.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace fastness::wording::testing {
namespace {

// Words that hardly a sentence does without, and that the other language does not have.
constexpr std::array<std::string_view, 28> kEnglish = {
    "the",  "and",  "of",    "your", "you",   "is",    "are",  "not",     "from", "with",
    "this", "that", "if",    "by",   "were",  "been",  "it",   "its",     "who",  "what",
    "when", "for",  "there", "does", "since", "other", "whom", "yourself"};
constexpr std::array<std::string_view, 25> kGerman = {
    "der", "das", "und",  "Ihr",  "Ihre", "Sie",   "ist",  "sind",  "nicht",
    "von", "mit", "wenn", "oder", "wer",  "auf",   "eine", "einer", "dem",
    "den", "des", "zu",   "im",   "wird", "wurde", "Uhr"};

bool is_of_word(char c) {
  // Bytes of UTF-8 beyond ASCII are of letters here; a hyphen and a slash join names.
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         static_cast<unsigned char>(c) >= 0x80 || c == '-' || c == '/' || c == '_';
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (is_of_word(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

std::string foreign_words(const std::string& text, const auto& foreign) {
  std::string found;
  for (const std::string& word : words_of(text)) {
    if (std::ranges::find(foreign, word) != foreign.end()) found += " '" + word + "'";
  }
  return found;
}

std::set<std::string> sentences_of(const std::string& text) {
  std::set<std::string> lines;
  std::string line;
  for (const char c : text + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    if (words_of(line).size() > 1 && line.find("://") == std::string::npos) lines.insert(line);
    line.clear();
  }
  return lines;
}

}  // namespace

std::string leftovers(const Phrase& phrase) {
  std::string found;
  if (phrase.en.empty() || phrase.de.empty()) found += " a language says nothing";
  const auto german = sentences_of(phrase.de);
  for (const std::string& line : sentences_of(phrase.en)) {
    if (german.contains(line)) found += " alike: " + line;
  }
  return found + foreign_words(phrase.de, kEnglish) + foreign_words(phrase.en, kGerman);
}

std::string leftovers(const Letter& letter) {
  return leftovers(letter.subject) + leftovers(letter.body);
}

}  // namespace fastness::wording::testing
