#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/connection/api.h"

namespace fastness::cli {

// Devices that are made for a bench and taken away after it, each with a key and a certificate.
class TestDevices {
 public:
  // `api` must outlive it.
  explicit TestDevices(client::Api& api) : api_(api) {}
  ~TestDevices() { remove(); }
  TestDevices(const TestDevices&) = delete;
  TestDevices& operator=(const TestDevices&) = delete;

  // Makes and enrols one more, as fast as the server lets an API key. Errors as Api's.
  [[nodiscard]] Result<void> add(const std::string& name, const std::string& anchors_pem);

  [[nodiscard]] std::shared_ptr<const tls::ClientContext> context(std::size_t index) const {
    return devices_[index].context;
  }

  // Takes all away again, telling of each if asked. How many the server did not let go of.
  std::size_t remove(const std::function<void(std::size_t done)>& tell = nullptr);

  [[nodiscard]] std::size_t count() const { return devices_.size(); }

 private:
  struct Device {
    std::string id;
    std::shared_ptr<const tls::ClientContext> context;  // shared with its connection
  };
  client::Api& api_;
  std::vector<Device> devices_;
};

}  // namespace fastness::cli
