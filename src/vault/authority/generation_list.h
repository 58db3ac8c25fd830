// How the list of generations is kept on the disk, and what must hold of it.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault {

[[nodiscard]] Bytes encode_list(const std::vector<vault_ipc::Generation>& list);

// Reads what encode_list wrote, and the lists of before there were link certificates. `corrupted`
// for anything else, and if a link certificate vouches for what it must not: a distrusted key, a
// key that is not its generation's, or in the name of nobody in the list. A list that says so was
// made by somebody else, or by a mistake of ours; either way it is not to be served.
[[nodiscard]] Result<std::vector<vault_ipc::Generation>> decode_list(ByteView stored);

}  // namespace fastness::vault
