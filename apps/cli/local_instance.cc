#include "local_instance.h"

#include "client/enrolment.h"
#include "session.h"

namespace fastness::cli {
namespace {

constexpr std::uint16_t kBoardPort = 8885;

Result<json::Value> read_json(const std::filesystem::path& file) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, client::read_text_file(file));
  return json::parse(text);
}

// The first listener of that name, reached by way of this machine's own name for itself.
Result<client::Address> listener(const json::Value& listeners, const char* name) {
  const json::Value* list = listeners.find(name);
  const auto* addresses = list != nullptr ? list->get<json::Array>() : nullptr;
  const std::string* address =
      addresses != nullptr && !addresses->empty() ? (*addresses)[0].get<std::string>() : nullptr;
  if (address == nullptr) {
    return fail(Errc::not_found, "the instance does not listen for " + std::string(name));
  }
  return client::parse_server("https://localhost" + address->substr(address->rfind(':')));
}

}  // namespace

Result<LocalInstance> open_local(const std::filesystem::path& data_directory) {
  auto listeners = read_json(data_directory / "run" / "listeners.json");
  if (!listeners) {
    return fail(Errc::not_found, "no instance runs on " + data_directory.string());
  }
  LocalInstance instance;
  FASTNESS_ASSIGN_OR_RETURN(instance.credentials.server, listener(*listeners, "https"));
  FASTNESS_ASSIGN_OR_RETURN(instance.boards.address, listener(*listeners, "mqtts_certificate"));
  FASTNESS_ASSIGN_OR_RETURN(
      instance.boards.anchors_pem,
      client::read_text_file(data_directory / "trust" / "server-anchors.pem"));
  instance.credentials.anchors_pem = instance.boards.anchors_pem;
  const std::filesystem::path key_file = data_directory / "demo" / "credentials.json";
  const auto key = read_json(key_file);
  if (!key) {
    return fail(key.error().code,
                "no API key in " + key_file.string() +
                    "; what `fastness host init --api-key --json` prints goes there");
  }
  instance.credentials.client_id = text_in(*key, "client_id");
  instance.credentials.client_secret = text_in(*key, "client_secret");
  return instance;
}

Result<client::Address> mqtt_address(const std::string& typed, const client::Address& server,
                                     std::uint16_t usual_port) {
  if (typed.empty()) return client::Address{server.host, usual_port};
  return client::parse_server("https://" + typed);
}

Result<BoardServer> board_server(client::Api& api, const std::string& address) {
  FASTNESS_ASSIGN_OR_RETURN(const client::Trust trust, client::fetch_trust(api));
  FASTNESS_ASSIGN_OR_RETURN(client::Address boards,
                            mqtt_address(address, api.credentials().server, kBoardPort));
  return BoardServer{std::move(boards), trust.active_root_pem + trust.standby_root_pem};
}

}  // namespace fastness::cli
