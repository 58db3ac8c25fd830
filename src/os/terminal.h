#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "os/files/descriptor.h"

namespace fastness::os {

[[nodiscard]] bool is_terminal(int descriptor);

// Where a person is asked for a secret: a duplicate of the descriptor that was named, else the
// terminal of this process; not open if it has none.
[[nodiscard]] Result<Descriptor> named_or_terminal(std::optional<int> named);

// Asks at a terminal for something that is not to be seen: writes `prompt`, reads one line without
// echo into `out`, and puts the terminal back as it was. Returns the line's length without its end.
// Nothing of the line is kept elsewhere. `exhausted` if it is longer than `out`, `unavailable` if
// the terminal is gone or closed.
[[nodiscard]] Result<std::size_t> read_hidden_line(int terminal, std::string_view prompt,
                                                   std::span<std::uint8_t> out);

// How many characters a line of this terminal has; 80 if it does not say.
[[nodiscard]] std::size_t terminal_width(int descriptor);

}  // namespace fastness::os
