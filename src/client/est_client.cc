#include "client/est_client.h"

#include "client/board/fleet.h"
#include "client/est_answer.h"
#include "client/mqtt/mqtt_link.h"
#include "client/root_sets.h"
#include "json/object_reader.h"

namespace fastness::client {
namespace {

constexpr const char* kReenrolTarget = "/.well-known/est/simplereenroll";
constexpr const char* kWindowTarget = "/.well-known/est/renewal-info";

}  // namespace

Timestamp moment_in(const RenewalWindow& window, const crypto::Digest& certificate) {
  ByteReader reader(certificate);
  constexpr double kWhole = 4'294'967'296.0;  // 2^32
  const double part = static_cast<double>(reader.u32()) / kWhole;
  const auto length = static_cast<double>((window.end - window.start).count());
  return window.start + std::chrono::microseconds(static_cast<std::int64_t>(length * part));
}

Result<EstClient> EstClient::open(Address server, const std::string& anchors_pem,
                                  const DeviceIdentity& shown, const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(auto context,
                            device_context(anchors_pem, shown.certificate_pem, shown.key));
  return EstClient(HttpClient(std::move(server), std::move(context), clock));
}

Result<HttpResponse> EstClient::ask(const HttpRequest& request) {
  FASTNESS_ASSIGN_OR_RETURN(HttpResponse response, http_.send(request));
  if (response.status == 200) return response;
  return refusal_in(response);
}

Result<RenewalWindow> EstClient::renewal_window() {
  FASTNESS_ASSIGN_OR_RETURN(const HttpResponse response, ask({"GET", kWindowTarget, {}, ""}));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, json::parse(response.body));
  const json::Value* window = document.find("suggestedWindow");
  if (window == nullptr) return fail(Errc::corrupted, "the server gave no window");
  const auto reader = json::ObjectReader::of(*window);
  if (!reader) return json::as_error(reader.error());
  const auto start = reader->time("start");
  if (!start) return json::as_error(start.error());
  const auto end = reader->time("end");
  if (!end) return json::as_error(end.error());
  if (*end < *start) return fail(Errc::corrupted, "the server gave a window that ends first");
  return RenewalWindow{*start, *end};
}

Result<std::vector<Bytes>> EstClient::root_documents() {
  FASTNESS_ASSIGN_OR_RETURN(const HttpResponse response,
                            ask({"GET", "/api/v1/ca/root-set", {}, ""}));
  return parse_root_documents(response.body);
}

Result<crypto::Certificate> EstClient::renew(ByteView request) {
  HttpRequest post{"POST", kReenrolTarget, {}, to_base64(request)};
  post.headers = {{"Content-Type", "application/pkcs10"}};
  FASTNESS_ASSIGN_OR_RETURN(const HttpResponse response, ask(post));
  return certificate_in(response);
}

Result<void> check_is_for(const crypto::Certificate& certificate, const DeviceIdentity& device,
                          Timestamp now) {
  if (certificate.key_digest() != device.key.public_key().digest()) {
    return fail(Errc::corrupted, "the server's certificate is for another key");
  }
  if (certificate.common_name() != device.device_id) {
    return fail(Errc::corrupted, "the server's certificate is for another device");
  }
  if (certificate.not_after() <= now) {
    return fail(Errc::corrupted, "the server's certificate is over; is the clock right?");
  }
  return {};
}

Result<void> connect_once(const Address& server, const std::string& anchors_pem,
                          const DeviceIdentity& device, const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(MqttLink link, link_of_device(server, anchors_pem, device, "", clock));
  FASTNESS_RETURN_IF_ERROR(link.open());
  link.close();
  return {};
}

}  // namespace fastness::client
