// Domain objects as the Arduino IoT Cloud API shows them. Fields that its schemas require are never
// left out, since typed clients fail without them; absent optional ones are omitted, since small
// boards read answers into small buffers.
#pragma once

#include <string>
#include <string_view>

#include "api/access/policy.h"
#include "api/parts.h"
#include "identity/identity.h"
#include "json/writer.h"
#include "things/devices.h"
#include "things/last_values.h"
#include "things/things.h"

namespace fastness::api::iot {

// What the vendor's media types call a kind of body: `devicev2` for a single one.
enum class Shape : std::uint8_t { single, collection };
[[nodiscard]] http::Response body(http::Status status, std::string_view media, Shape shape,
                                  json::Writer&& out);

enum class Properties : std::uint8_t { hidden, shown };

void write(json::Writer& out, const Parts& parts, const things::Device& device);
void write(json::Writer& out, const Parts& parts, const things::Thing& thing, Properties properties,
           things::Deleted deleted = things::Deleted::hidden);
void write(json::Writer& out, const Parts& parts, const things::Property& property);
// The member `tags` of an object, as `[{"key","value"},...]`.
void write_tag_list(json::Writer& out, const things::Tags& tags);

// A certificate's id here is the first half of its fingerprint, spelled as a UUID.
[[nodiscard]] Uuid certificate_id(const crypto::Digest& fingerprint);
// `compressed` is what a board rebuilds a certificate of profile `board` from; of any other it is
// the same facts, since typed clients do not read a certificate without them.
void write(json::Writer& out, const identity::CertificateRecord& record);

[[nodiscard]] http::Response ok();  // 200 with an empty body, as every deletion answers

}  // namespace fastness::api::iot
