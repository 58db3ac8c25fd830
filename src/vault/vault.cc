#include "vault/vault.h"

#include <algorithm>

#include "crypto/aead.h"
#include "ledger/checkpoint.h"
#include "os/files/file_system.h"
#include "vault/environment_record.h"
#include "vault/lasting_keys.h"
#include "vault/start_keys.h"
#include "vault/store/folders.h"
#include "vault/store/root_key.h"
#include "vault/store/software_key_store.h"

namespace fastness::vault {

namespace {

constexpr std::size_t kSegmentKeySize = 32;
constexpr std::string_view kSegmentContext = "fastness journal segment v1";

}  // namespace

// What the requests work on. `records` and `keys` are on the heap so that what refers to them
// keeps doing so.
class Vault::State {
 public:
  static Result<std::unique_ptr<State>> open(Options options);

  os::FileSystem& files;
  std::filesystem::path directory;
  const Clock& clock;
  Random& random;
  RootKey root;
  LastingKeys lasting;
  std::unique_ptr<SealedFiles> records;
  std::unique_ptr<KeyStore> keys;
  OrganisationKeys organisations;
  DeviceAuthority devices;
  ServerAuthority server;
  crypto::Ed25519Key audit_key;
  AuditHead audit_head;
  EpochRetention retention;
  Environment environment;
  Bytes backup_head{};  // of the backup that was begun last; sealed
};

Result<std::unique_ptr<Vault::State>> Vault::State::open(Options options) {
  os::FileSystem& files = options.files;
  FASTNESS_ASSIGN_OR_RETURN(const bool exists, RootKey::exists(files, options.directory));
  if (exists && options.imported_device_authority) {
    return fail(Errc::permission_denied, "an authority key goes into an empty instance only");
  }
  if (options.token && options.imported_device_authority) {
    return fail(Errc::permission_denied, "no key can be put into a token, only made there");
  }
  FASTNESS_ASSIGN_OR_RETURN(
      RootKey root,
      RootKey::open_or_create(files, options.directory, options.passphrase, options.random));
  const auto folder = [&](Folder which) {
    return open_folder(which, files, options.directory, root, options.random);
  };
  FASTNESS_ASSIGN_OR_RETURN(SealedFiles records, folder(Folder::records));
  FASTNESS_ASSIGN_OR_RETURN(SealedFiles keys, folder(Folder::keys));
  FASTNESS_ASSIGN_OR_RETURN(SealedFiles shares, folder(Folder::shares));
  FASTNESS_ASSIGN_OR_RETURN(LastingKeys lasting, LastingKeys::open(records, root));
  auto kept_records = std::make_unique<SealedFiles>(std::move(records));
  if (options.imported_device_authority) {
    FASTNESS_ASSIGN_OR_RETURN(SealedFiles same, folder(Folder::keys));
    SoftwareKeyStore fresh(std::move(same));
    FASTNESS_RETURN_IF_ERROR(fresh.import_key(Generations::key_label(vault_ipc::GenerationId(1)),
                                              std::move(*options.imported_device_authority)));
  }
  FASTNESS_ASSIGN_OR_RETURN(const bool has_keys, Generations::are_stored(*kept_records));
  FASTNESS_ASSIGN_OR_RETURN(
      const Environment environment,
      settle_environment(*kept_records, options.environment,
                         has_keys ? Instance::is_there : Instance::is_being_made));
  FASTNESS_ASSIGN_OR_RETURN(auto store, open_key_store(*kept_records, std::move(keys), root,
                                                       !has_keys, std::move(options.token)));
  FASTNESS_ASSIGN_OR_RETURN(
      Ledger ledger,
      Ledger::open(files, options.directory / Ledger::kFileName, Ledger::mac_key_of(root)));
  FASTNESS_ASSIGN_OR_RETURN(
      Generations generations,
      Generations::open(*kept_records, *store, options.clock, options.random));
  // The first one, at the first start. Its key must be there: not when the first device asks.
  FASTNESS_ASSIGN_OR_RETURN(const vault_ipc::Generation* issuing, generations.issuing());
  FASTNESS_RETURN_IF_ERROR(store->public_key(Generations::key_label(issuing->id)));
  FASTNESS_ASSIGN_OR_RETURN(
      ServerAuthority server,
      ServerAuthority::open(*kept_records, *store, options.clock, options.random));
  FASTNESS_ASSIGN_OR_RETURN(crypto::Ed25519Key checkpoint_key, lasting.ledger_signer());
  FASTNESS_ASSIGN_OR_RETURN(crypto::Ed25519Key audit_key, lasting.audit_signer());
  FASTNESS_ASSIGN_OR_RETURN(const AuditHead audit_head, read_audit_head(*kept_records));
  std::string origin = ledger_origin(root);
  EpochRetention retention(*kept_records, options.clock, options.backup_months);
  return std::unique_ptr<State>(new State{
      files,
      options.directory,
      options.clock,
      options.random,
      std::move(root),
      std::move(lasting),
      std::move(kept_records),
      std::move(store),
      OrganisationKeys(std::move(shares), options.clock, options.random, options.unwrap_limits),
      DeviceAuthority(
          {std::move(generations), std::move(ledger), std::move(checkpoint_key), std::move(origin)},
          options.clock, options.random, options.issuing_rate),
      std::move(server),
      std::move(audit_key),
      audit_head,
      std::move(retention),
      environment,
      {}});
}

Vault::Vault(std::unique_ptr<State> state) : state_(std::move(state)) {}
Vault::~Vault() = default;

Result<std::unique_ptr<Vault>> Vault::open(Options options) {
  FASTNESS_ASSIGN_OR_RETURN(std::unique_ptr<State> state, State::open(std::move(options)));
  return std::unique_ptr<Vault>(new Vault(std::move(state)));
}

// One line each: microseconds since 1970, and what happened. At most three a minute can come.
Result<void> Vault::record_violation(std::string_view what) {
  const std::filesystem::path path = state_->directory / "violations";
  auto file = state_->files.open(path, os::OpenMode::read_write);
  if (!file && file.error().code == Errc::not_found) {
    file = state_->files.open(path, os::OpenMode::create_new);
    if (file) FASTNESS_RETURN_IF_ERROR(state_->files.sync_directory(state_->directory));
  }
  if (!file) return propagate(std::move(file));
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, (*file)->size());
  const std::string line = std::to_string(state_->clock.now().time_since_epoch().count()) + " " +
                           std::string(what) + "\n";
  FASTNESS_RETURN_IF_ERROR((*file)->write_at(size, as_bytes(line)));
  return (*file)->sync_data();
}

ServerAuthority& Vault::server_authority() {
  return state_->server;
}

Recovery Vault::recovery() {
  return Recovery({state_->files, state_->directory, state_->clock, state_->random, state_->root,
                   state_->lasting, *state_->records, state_->organisations, state_->devices,
                   state_->server, state_->audit_head, state_->retention, state_->environment});
}

Result<EpochRetention::Outcome> Vault::forget_old_backups() {
  return state_->retention.enforce();
}

Result<std::vector<std::string>> Vault::sealed_key_labels() const {
  FASTNESS_ASSIGN_OR_RETURN(
      const SealedFiles keys,
      open_folder(Folder::keys, state_->files, state_->directory, state_->root, state_->random));
  return keys.names();
}

Result<vault_ipc::StartKeys> Vault::answer(const vault_ipc::TakeStartKeys& /*request*/) {
  vault_ipc::StartKeys keys = make_start_keys(state_->root, state_->lasting, state_->clock.now());
  FASTNESS_ASSIGN_OR_RETURN(const auto ledger_key, state_->lasting.ledger_signer());
  keys.ledger_origin = ledger_origin(state_->root);
  keys.ledger_key = ledger_key.public_key();
  keys.audit_origin = audit_origin(state_->root);
  keys.audit_key = state_->audit_key.public_key();
  return keys;
}

Result<vault_ipc::PepperedPassword> Vault::answer(const vault_ipc::PepperPassword& request) {
  return vault_ipc::PepperedPassword{
      crypto::hmac_sha256(state_->lasting.of(LastingKey::pepper), request.hash)};
}

Result<vault_ipc::OrganisationKey> Vault::answer(const vault_ipc::MakeOrganisationKey& request) {
  FASTNESS_ASSIGN_OR_RETURN(const auto key, state_->organisations.public_key(request.organisation));
  return vault_ipc::OrganisationKey{key};
}

Result<vault_ipc::UnwrappedKey> Vault::answer(const vault_ipc::UnwrapContentKey& request) {
  FASTNESS_ASSIGN_OR_RETURN(auto key,
                            state_->organisations.unwrap(request.organisation, request.sealed));
  return vault_ipc::UnwrappedKey{std::move(key)};
}

Result<vault_ipc::UnwrappedKey> Vault::answer(const vault_ipc::ReadShare& request) {
  FASTNESS_ASSIGN_OR_RETURN(auto share, state_->organisations.share(request.owner));
  return vault_ipc::UnwrappedKey{std::move(share)};
}

Result<vault_ipc::Done> Vault::answer(const vault_ipc::DestroyShare& request) {
  FASTNESS_RETURN_IF_ERROR(state_->organisations.destroy_share(request.owner));
  return vault_ipc::Done{};
}

Result<vault_ipc::WrappedKey> Vault::answer(const vault_ipc::WrapSegmentKey& request) {
  if (request.key.size() != kSegmentKeySize) {
    return fail(Errc::invalid_argument, "a segment key has 32 bytes");
  }
  return vault_ipc::WrappedKey{crypto::seal_with_random_nonce(
      state_->lasting.of(LastingKey::segment_wrap), as_bytes(kSegmentContext), request.key.reveal(),
      state_->random)};
}

Result<vault_ipc::UnwrappedKey> Vault::answer(const vault_ipc::UnwrapSegmentKey& request) {
  FASTNESS_ASSIGN_OR_RETURN(auto key,
                            crypto::open_with_nonce(state_->lasting.of(LastingKey::segment_wrap),
                                                    as_bytes(kSegmentContext), request.wrapped));
  return vault_ipc::UnwrappedKey{std::move(key)};
}

Result<vault_ipc::IssuedDeviceCertificate> Vault::answer(
    const vault_ipc::IssueDeviceCertificate& request) {
  return state_->devices.issue(request);
}

Result<vault_ipc::IssuedDeviceCertificate> Vault::answer(
    const vault_ipc::TakeBackKeyChange& request) {
  return state_->devices.take_back(request);
}

Result<vault_ipc::LedgerPage> Vault::answer(const vault_ipc::ReadLedger& request) {
  return state_->devices.read_ledger(request.first);
}

Result<vault_ipc::SignedCheckpoint> Vault::answer(const vault_ipc::SignLedgerCheckpoint& request) {
  FASTNESS_ASSIGN_OR_RETURN(std::string text,
                            state_->devices.sign_checkpoint(request.size, request.root));
  return vault_ipc::SignedCheckpoint{std::move(text)};
}

Result<vault_ipc::Generations> Vault::answer(const vault_ipc::ListGenerations& /*request*/) {
  return vault_ipc::Generations{state_->devices.generations().all()};
}

Result<vault_ipc::Generations> Vault::answer(const vault_ipc::ChangeGeneration& request) {
  Generations& generations = state_->devices.generations();
  if (!request.id) {
    FASTNESS_RETURN_IF_ERROR(generations.stage());
  } else {
    FASTNESS_RETURN_IF_ERROR(generations.change(*request.id, request.state, request.board_cut_off));
  }
  return vault_ipc::Generations{generations.all()};
}

Result<vault_ipc::RevocationList> Vault::answer(const vault_ipc::SignRevocationList& request) {
  return state_->devices.sign_revocation_list(request);
}

Result<vault_ipc::SignedStatus> Vault::answer(const vault_ipc::SignCertificateStatus& request) {
  return state_->devices.sign_status(request);
}

Result<vault_ipc::IssuedServerCertificate> Vault::answer(
    const vault_ipc::IssueServerCertificate& request) {
  return state_->server.issue(request);
}

Result<vault_ipc::ServerAnchors> Vault::answer(const vault_ipc::ReadServerAnchors& /*request*/) {
  return state_->server.anchors();
}

Result<vault_ipc::Done> Vault::answer(const vault_ipc::PrepareRoots& request) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string pem, state_->server.prepare(request.purpose));
  FASTNESS_RETURN_IF_ERROR(
      os::replace_file(state_->files, state_->directory / kRootRequestFile, as_bytes(pem)));
  return vault_ipc::Done{};
}

Result<vault_ipc::ServerAnchors> Vault::answer(const vault_ipc::AcceptRoots& request) {
  FASTNESS_RETURN_IF_ERROR(state_->server.accept(request.answer));
  // It was answered. One that stays behind asks for nothing that would be accepted.
  static_cast<void>(state_->files.remove(state_->directory / kRootRequestFile));
  return state_->server.anchors();
}

Result<vault_ipc::SignedCheckpoint> Vault::answer(const vault_ipc::SignAuditCheckpoint& request) {
  AuditHead& head = state_->audit_head;
  const bool goes_back = request.size < head.size;
  const bool was_rewritten = request.size == head.size && request.root != head.root;
  // An empty log has no root to remember yet.
  if (goes_back || (was_rewritten && head.size != 0)) {
    return fail(Errc::permission_denied, "the audit log has lost or changed entries");
  }
  const AuditHead next{request.size, request.root};
  FASTNESS_RETURN_IF_ERROR(write_audit_head(*state_->records, next));
  head = next;
  return vault_ipc::SignedCheckpoint{ledger::sign_checkpoint(
      {audit_origin(state_->root), request.size, request.root}, state_->audit_key)};
}

Result<vault_ipc::Custody> Vault::answer(const vault_ipc::ReadCustody& /*request*/) {
  return recovery().custody();
}

Result<vault_ipc::BackupBegun> Vault::answer(const vault_ipc::BeginBackup& /*request*/) {
  FASTNESS_ASSIGN_OR_RETURN(BegunBackup begun, recovery().begin_backup());
  state_->backup_head = std::move(begun.head);
  return vault_ipc::BackupBegun{std::move(begun.ticket.key), begun.ticket.head,
                                state_->backup_head.size()};
}

Result<vault_ipc::BackupHeadPart> Vault::answer(const vault_ipc::ReadBackupHead& request) {
  const ByteView head = state_->backup_head;
  if (request.offset >= head.size()) {
    return fail(Errc::not_found, "no backup was begun, or its head ends before");
  }
  const ByteView rest = head.subspan(static_cast<std::size_t>(request.offset));
  return vault_ipc::BackupHeadPart{
      to_bytes(rest.first(std::min(rest.size(), vault_ipc::ReadBackupHead::kMost)))};
}

}  // namespace fastness::vault
