// What the tables of devices and things hold, and what protects it. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::things {

inline constexpr std::string_view kDataMap = R"(
device            id                       internal
device            organisation             internal
device            created_by               internal
device            name                     personal
device            type                     internal
device            fqbn                     internal
device            serial                   personal
device            connection_type          internal
device            unique_hardware_id       personal
device            wifi_fw_version          internal
device            ble_mac                  personal
device            reported_lib_version     internal
device            reported_wifi_fw_version internal
device            reported_sketch_sha256   internal
device            network                  personal sealed
device            created_at               internal
device            updated_at               internal
device            deleted_at               internal
device_tag        device                   internal
device_tag        key                      personal
device_tag        value                    personal
device_connection device                   internal
device_connection connected_at             personal
device_connection disconnected_at          personal
device_connection reason                   internal
device_connection detail                   internal
device_connection remote                   personal
device_connection tls                      internal
thing             id                       internal
thing             organisation             internal
thing             created_by               internal
thing             name                     personal
thing             timezone                 personal
thing             webhook_uri              personal
thing             webhook_active           internal
thing             assistant                internal
thing             device                   internal
thing             created_at               internal
thing             updated_at               internal
thing             deleted_at               internal
thing_tag         thing                    internal
thing_tag         key                      personal
thing_tag         value                    personal
property          id                       internal
property          thing                    internal
property          series                   internal
property          name                     personal
property          variable_name            personal
property          type                     internal
property          permission               internal
property          update_strategy          internal
property          update_parameter         internal
property          min_value                internal
property          max_value                internal
property          persist                  internal
property          wire_id                  internal
property          created_at               internal
property          updated_at               internal
property          deleted_at               internal
series            next                     internal
)";

}  // namespace fastness::things
