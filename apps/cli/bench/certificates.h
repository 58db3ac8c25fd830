#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "tls/context/client_context.h"

namespace fastness::cli {

// Devices that exist already: one for each key in `folder` or in a folder of it, in the order of
// their names. NAME.key has its certificate beside it, as NAME.crt or NAME.pem; the folders that
// `fastness device enrol` makes are of this kind. `not_found` if there are fewer than `count`, else
// errors that name the file.
[[nodiscard]] Result<std::vector<std::shared_ptr<const tls::ClientContext>>> read_certificates(
    const std::filesystem::path& folder, const std::string& anchors_pem, std::size_t count);

}  // namespace fastness::cli
