#pragma once

#include "accounts/erasure/erasure.h"
#include "api/parts.h"
#include "json/writer.h"

namespace fastness::api {

// Writes the fields of an erasure as its schema says: how far it is, from when on no copy is left,
// and which recovery kits from before must be destroyed until then.
void write_erasure(json::Writer& out, const Parts& parts, const accounts::Erasure& erasure);

}  // namespace fastness::api
