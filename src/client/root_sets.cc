#include "client/root_sets.h"

#include "client/enrolment.h"
#include "json/value.h"
#include "os/files/file_system.h"

namespace fastness::client {

Result<std::vector<Bytes>> parse_root_documents(std::string_view untrusted_answer) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, json::parse(untrusted_answer));
  return read_root_documents(answer);
}

Result<std::vector<Bytes>> read_root_documents(const json::Value& untrusted_answer) {
  const json::Value* found = untrusted_answer.find("documents");
  const auto* list = found != nullptr ? found->get<json::Array>() : nullptr;
  if (list == nullptr) return fail(Errc::corrupted, "the server gave no root sets");
  std::vector<Bytes> documents;
  for (const json::Value& each : *list) {
    const auto* text = each.get<std::string>();
    auto document = text != nullptr ? from_base64(*text) : Result<Bytes>(Bytes());
    if (text == nullptr || !document) {
      return fail(Errc::corrupted, "the server gave a root set that is damaged");
    }
    documents.push_back(std::move(document).value());
  }
  return documents;
}

Result<std::optional<roots::RootSet>> follow_roots(const std::filesystem::path& folder,
                                                   const std::vector<Bytes>& untrusted_documents,
                                                   Timestamp now) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, load_anchors(folder));
  FASTNESS_ASSIGN_OR_RETURN(const roots::RootSet trusted, roots::RootSet::parse_text(text));
  FASTNESS_ASSIGN_OR_RETURN(roots::RootSet newest,
                            roots::catch_up(trusted, untrusted_documents, now));
  if (newest == trusted) return std::optional<roots::RootSet>();
  os::PosixFileSystem files;
  FASTNESS_RETURN_IF_ERROR(
      os::replace_file(files, anchors_path(folder), as_bytes(newest.to_text())));
  return std::optional(std::move(newest));
}

}  // namespace fastness::client
