#include "client/est_client.h"

#include <utility>

#include "client/board/fleet.h"
#include "client/est_answer.h"
#include "client/mqtt/mqtt_link.h"
#include "client/root_sets.h"

namespace fastness::client {
Result<EstClient> EstClient::open(Address server, const std::string& anchors_pem,
                                  const DeviceIdentity& shown, const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(auto context,
                            device_context(anchors_pem, shown.certificate_pem, shown.key));
  return EstClient(HttpClient(std::move(server), std::move(context), clock));
}

Result<device::HttpsResponse> EstClient::send(const device::HttpsRequest& request) {
  FASTNESS_ASSIGN_OR_RETURN(HttpResponse response, http_.send({request.method, request.target,
                                                               request.headers, request.body}));
  return device::HttpsResponse{response.status, std::move(response.body)};
}

Result<std::vector<Bytes>> EstClient::root_documents() {
  FASTNESS_ASSIGN_OR_RETURN(const HttpResponse response,
                            http_.send({"GET", "/api/v1/ca/root-set", {}, ""}));
  if (response.status != 200) return refusal_in(response);
  return parse_root_documents(response.body);
}

Result<void> connect_once(const Address& server, const std::string& anchors_pem,
                          const DeviceIdentity& device, const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(MqttLink link, link_of_device(server, anchors_pem, device, "", clock));
  FASTNESS_RETURN_IF_ERROR(link.open());
  link.close();
  return {};
}

}  // namespace fastness::client
