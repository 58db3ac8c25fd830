#include "supervisor/incident/evidence/evidence.h"

#include <utility>

#include "json/text_in.h"
#include "json/value.h"
#include "json/writer.h"
#include "supervisor/incident/evidence/evidence_folder.h"
#include "supervisor/incident/evidence/evidence_readme.h"
#include "supervisor/incident/evidence/host_facts.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kOrders = "/admin/v1/evidence";

// What the instance says of itself, and where.
struct Document {
  const char* file;
  const char* path;
};
constexpr Document kDocuments[] = {
    {"status.json", "/admin/v1/status"},     {"restriction.json", "/admin/v1/restriction"},
    {"switches.json", "/admin/v1/switches"}, {"incidents.json", "/admin/v1/incidents"},
    {"vault.json", "/admin/v1/vault"},       {"authority.json", "/admin/v1/ca"}};

const json::Value& member(const json::Value& object, std::string_view name) {
  static const json::Value none;
  const json::Value* found = object.find(name);
  return found != nullptr ? *found : none;
}

// One taking of evidence. Whatever fails at the disk ends it; whatever fails at the instance is
// missing.
class Taking {
 public:
  Taking(EvidenceFolder& folder, const TellInstance& tell) : folder_(folder), tell_(tell) {}

  Result<void> add_what_it_says() {
    for (const Document& each : kDocuments) {
      const auto told = tell_({"GET", each.path, ""});
      if (!told) {
        note_missing(each.file, told.error());
        continue;
      }
      FASTNESS_RETURN_IF_ERROR(folder_.add(each.file, *told + "\n"));
    }
    return {};
  }

  // The heads, and the order by which the rest is read; an empty document if there is none.
  json::Value begin(const std::optional<Timestamp>& since) {
    json::Writer request;
    request.begin_object();
    request.field_if("since", since);
    request.end_object();
    auto order = tell_document({"POST", kOrders, request.text()});
    if (order) return std::move(order).value();
    note_missing("the trails, the heads and the check-ups", order.error());
    return json::Value();
  }

  Result<void> add_heads(const json::Value& order) {
    const json::Value& ledger = member(order, "ledger");
    const json::Value& audit = member(order, "audit");
    FASTNESS_RETURN_IF_ERROR(folder_.add("ledger-checkpoint.txt", text_in(ledger, "checkpoint")));
    FASTNESS_RETURN_IF_ERROR(folder_.add("audit-checkpoint.txt", text_in(audit, "checkpoint")));
    return folder_.add("keys.txt", text_in(ledger, "key") + "\n" + text_in(audit, "key") + "\n");
  }

  Result<void> add_organisations(const json::Value& order) {
    const auto* organisations = member(order, "organisations").get<json::Array>();
    FASTNESS_RETURN_IF_ERROR(
        add_trail(order, text_in(order, "host_organisation"), "audit-host.ndjson"));
    if (organisations == nullptr) return {};
    for (const json::Value& each : *organisations) {
      const auto* id = each.get<std::string>();
      if (id == nullptr) continue;
      FASTNESS_RETURN_IF_ERROR(add_trail(order, *id, "audit-" + *id + ".ndjson"));
      FASTNESS_RETURN_IF_ERROR(add_checks(order, *id));
    }
    return {};
  }

  [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }

 private:
  void note_missing(const std::string& what, const Error& error) {
    missing_.push_back(what + ": " + error.message);
  }

  static std::string path_in(const json::Value& order, const std::string& organisation) {
    return std::string(kOrders) + "/" + text_in(order, "id") + "/organisations/" + organisation;
  }

  Result<void> add_checks(const json::Value& order, const std::string& organisation) {
    const auto told = tell_({"GET", path_in(order, organisation) + "/checks", ""});
    const std::string file = "checks-" + organisation + ".json";
    if (told) return folder_.add(file, *told + "\n");
    note_missing(file, told.error());
    return {};
  }

  // As `fastness audit export` writes it. One that is cut has no last line, which `verify` says.
  Result<void> add_trail(const json::Value& order, const std::string& organisation,
                         const std::string& name) {
    FASTNESS_ASSIGN_OR_RETURN(EvidenceFolder::File file, folder_.begin(name));
    FASTNESS_RETURN_IF_ERROR(file.append(header_of(order, organisation)));
    const auto* from = member(member(order, "audit"), "from").get<std::int64_t>();
    std::optional<std::int64_t> next = from != nullptr ? *from : 0;
    std::size_t entries = 0;
    while (next) {
      const auto page = tell_document(
          {"GET", path_in(order, organisation) + "/trail?from=" + std::to_string(*next), ""});
      if (!page) {
        note_missing(name + " after " + std::to_string(entries) + " entries", page.error());
        return file.end();
      }
      FASTNESS_ASSIGN_OR_RETURN(const std::size_t added, append_entries(file, *page));
      entries += added;
      const auto* following = member(*page, "next").get<std::int64_t>();
      next = following != nullptr ? std::optional(*following) : std::nullopt;
    }
    FASTNESS_RETURN_IF_ERROR(file.append("{\"entries\":" + std::to_string(entries) + "}\n"));
    return file.end();
  }

  Result<json::Value> tell_document(const AdminRequest& request) {
    FASTNESS_ASSIGN_OR_RETURN(const std::string text, tell_(request));
    return json::parse(text);
  }

  static Result<std::size_t> append_entries(EvidenceFolder::File& file, const json::Value& page) {
    const auto* entries = member(page, "entries").get<json::Array>();
    if (entries == nullptr) return 0;
    for (const json::Value& entry : *entries) {
      FASTNESS_RETURN_IF_ERROR(file.append(json::to_text(entry) + "\n"));
    }
    return entries->size();
  }

  static std::string header_of(const json::Value& order, const std::string& organisation) {
    const json::Value& audit = member(order, "audit");
    json::Writer out;
    out.begin_object();
    out.field("format", "fastness-audit-export-v1");
    out.field("key", text_in(audit, "key"));
    out.field("organisation", organisation);
    out.field("from", member(audit, "from"));
    out.field("size", member(audit, "size"));
    out.field("checkpoint", text_in(audit, "checkpoint"));
    const auto* from = member(audit, "from").get<std::int64_t>();
    if (from != nullptr && *from > 0) out.field("consistency", member(audit, "hashes"));
    out.end_object();
    return out.text() + "\n";
  }

  EvidenceFolder& folder_;
  const TellInstance& tell_;
  std::vector<std::string> missing_;
};

std::string end_request(const std::string& manifest_sha256) {
  json::Writer out;
  out.begin_object();
  out.field("manifest_sha256", manifest_sha256);
  out.end_object();
  return std::move(out).text();
}

}  // namespace

Result<Evidence> take_evidence(const EvidenceOptions& options, const TellInstance& tell,
                               os::FileSystem& files, const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(const auto folder, EvidenceFolder::create(files, options.directory));
  Taking taking(*folder, tell);
  FASTNESS_RETURN_IF_ERROR(folder->add("host.txt", host_facts(clock)));
  FASTNESS_RETURN_IF_ERROR(folder->add("versions.txt", program_facts(files, options.programs)));
  FASTNESS_RETURN_IF_ERROR(taking.add_what_it_says());
  const json::Value order = taking.begin(options.since);
  const std::string in_force = text_in(order, "configuration");
  FASTNESS_RETURN_IF_ERROR(folder->add(
      "configuration.toml", in_force.empty() ? kOfCommand + options.configuration : in_force));
  if (!order.is_null()) {
    FASTNESS_RETURN_IF_ERROR(taking.add_heads(order));
    FASTNESS_RETURN_IF_ERROR(taking.add_organisations(order));
  }
  FASTNESS_RETURN_IF_ERROR(
      folder->add("README.md", evidence_readme(clock.now(), options.since, taking.missing())));
  FASTNESS_ASSIGN_OR_RETURN(std::string digest, folder->seal());
  Evidence evidence{std::move(digest), taking.missing()};
  if (order.is_null()) return evidence;
  const auto ended = tell({"POST", std::string(kOrders) + "/" + text_in(order, "id") + "/end",
                           end_request(evidence.manifest_sha256)});
  if (!ended) {
    evidence.missing.push_back("the digest of MANIFEST in the trail: " + ended.error().message);
  }
  return evidence;
}

}  // namespace fastness::supervisor
