#include "kit_words.h"

#include <array>
#include <ctime>
#include <sstream>

#include "base/minute_text.h"

namespace fastness::vault_app {
namespace {

// RFC 3339, to the second.
std::string second_text(Timestamp time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  std::array<char, 32> text{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "at no time that we can write";
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

std::string opening_text(const vault::KitHeader& header) {
  const auto* shares = std::get_if<vault::ByShares>(&header.opening);
  if (shares == nullptr) return "its passphrase";
  return "any " + std::to_string(shares->needed) + " of its " +
         std::to_string(shares->digests.size()) + " shares";
}

std::string opens_text(const vault::KitHeader& header) {
  if (!header.opens_from) return "of its own month and of all later ones";
  return "of " + vault::to_text(*header.opens_from) + " and of all later months, while it exists";
}

const char* root_text(vault::ServerRootPlace place) {
  switch (place) {
    case vault::ServerRootPlace::in_kit:
      return "the server root that boards trust;";
    case vault::ServerRootPlace::elsewhere:
      return "no server root: it lies elsewhere, and signs for a new host when it is asked;";
    case vault::ServerRootPlace::in_token:
      break;
  }
  return "no server root: the token keeps it;";
}

const char* root_word(vault::ServerRootPlace place) {
  switch (place) {
    case vault::ServerRootPlace::in_kit:
      return "kit";
    case vault::ServerRootPlace::elsewhere:
      return "elsewhere";
    case vault::ServerRootPlace::in_token:
      break;
  }
  return "token";
}

// Nothing that is put in quotes here can need an escape: ids, dates, shares and words of ours.
std::string quoted(const std::string& text) {
  return '"' + text + '"';
}

}  // namespace

std::string count_of(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string kit_as_text(const vault::KitHeader& header) {
  std::ostringstream out;
  out << "Recovery kit     " << header.id.to_text() << "\n"
      << "of the instance  " << header.instance.to_text() << ", for " << to_text(header.environment)
      << "\n"
      << "made             " << minute_text(header.created_at) << "\n"
      << "opens with       " << opening_text(header) << "\n"
      << "opens backups    " << opens_text(header) << "\n"
      << "holds            the keys of the data, of "
      << count_of(header.owners, "organisation or person", "organisations and people")
      << ", and of backups;\n                 " << root_text(header.server_root)
      << "\n                 what is public of "
      << count_of(header.generations, "generation", "generations") << " and "
      << count_of(header.certificates, "device certificate", "device certificates")
      << "\nholds not        any key that signs for devices: a new host makes its own\n";
  return std::move(out).str();
}

std::string kit_as_json(const vault::KitHeader& header, const std::vector<std::string>& shares) {
  std::ostringstream out;
  out << R"({"id":)" << quoted(header.id.to_text()) << R"(,"instance":)"
      << quoted(header.instance.to_text()) << R"(,"environment":)"
      << quoted(std::string(to_text(header.environment))) << R"(,"created_at":)"
      << quoted(second_text(header.created_at));
  if (const auto* split = std::get_if<vault::ByShares>(&header.opening)) {
    out << R"(,"opens_with":"shares","shares_needed":)" << unsigned{split->needed}
        << R"(,"shares_made":)" << split->digests.size();
  } else {
    out << R"(,"opens_with":"passphrase")";
  }
  if (header.opens_from) {
    out << R"(,"opens_backups_from":)" << quoted(vault::to_text(*header.opens_from));
  }
  out << R"(,"owners":)" << header.owners << R"(,"generations":)" << header.generations
      << R"(,"certificates":)" << header.certificates << R"(,"server_root":)"
      << quoted(root_word(header.server_root));
  if (!shares.empty()) {
    out << R"(,"shares":[)";
    for (std::size_t i = 0; i < shares.size(); ++i) out << (i > 0 ? "," : "") << quoted(shares[i]);
    out << "]";
  }
  out << "}\n";
  return std::move(out).str();
}

std::string rehearsal_as_json(const vault::Recovery::Rehearsal& done) {
  std::ostringstream out;
  out << R"({"opens":true,"missing_owners":)" << done.missing_owners
      << R"(,"missing_certificates":)" << done.missing_certificates << R"(,"server_root":)"
      << quoted(root_word(done.server_root)) << "}\n";
  return std::move(out).str();
}

}  // namespace fastness::vault_app
