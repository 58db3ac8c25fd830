#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "accounts/account.h"
#include "accounts/people/role.h"
#include "base/clock.h"
#include "identity/identity.h"
#include "vault_ipc/messages/custody.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::checks {

struct Device {
  std::string name;
  identity::ExaminedDevice examined;
};

// Somebody who decides in the organisation.
struct Administrator {
  UserId user;
  accounts::Role role;
  Timestamp since;          // when they came in
  bool is_guarded = false;  // by more than a password: a second factor, or a passkey
};

// What is known of one organisation at one moment, and of the instance as far as it concerns the
// organisation.
struct Facts {
  Timestamp now{};
  std::optional<std::vector<Device>> devices;               // nothing: they could not be read
  std::optional<std::vector<identity::Forgery>> forgeries;  // the same
  std::optional<identity::Locked> locked;                   // enrolment is
  std::vector<vault_ipc::Generation> generations;
  std::vector<accounts::ApiKey> api_keys;
  std::optional<std::vector<Administrator>> administrators;  // its owner too; nothing: as above
  // A listener without TLS lets anybody on the host in as this organisation.
  bool is_plaintext_open = false;
  // What opens the vault lies on the disk that it is to protect.
  bool is_root_key_on_disk = false;
  // The settings by which alarms reach nobody now, and since when.
  std::map<std::string, Timestamp> silent_channels;
  // Since when backups by schedule fail; nothing while all is well, or none is made by schedule.
  std::optional<Timestamp> backups_failing_since;
  std::optional<Timestamp> test_restores_failing_since;  // the same of them
  std::optional<vault_ipc::Custody> custody;  // of the instance's keys; nothing: not to be read
};

}  // namespace fastness::checks
