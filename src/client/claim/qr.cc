#include "client/claim/qr.h"

#include <memory>

#include <qrencode.h>

namespace fastness::client {
namespace {

constexpr int kQuiet = 4;  // modules around it (ISO/IEC 18004)
constexpr std::size_t kLongest = 512;
// Black on white of the 256 colours, which no theme changes.
constexpr std::string_view kColours = "\x1b[38;5;16;48;5;231m";
constexpr std::string_view kPlain = "\x1b[0m";

struct Free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};
using Code = std::unique_ptr<QRcode, Free>;

bool is_dark(const QRcode& code, int x, int y) {
  if (x < 0 || y < 0 || x >= code.width || y >= code.width) return false;
  return (code.data[y * code.width + x] & 1U) != 0;
}

// Two modules, one above the other.
std::string_view block(bool is_upper_dark, bool is_lower_dark) {
  if (is_upper_dark) return is_lower_dark ? "█" : "▀";
  return is_lower_dark ? "▄" : " ";
}

}  // namespace

Result<std::string> qr_for_terminal(std::string_view text) {
  if (text.empty() || text.size() > kLongest || text.find('\0') != std::string_view::npos) {
    return fail(Errc::invalid_argument, "a QR code holds 1 to 512 characters here");
  }
  const Code code(QRcode_encodeString(std::string(text).c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1));
  if (code == nullptr) return fail(Errc::exhausted, "the QR code could not be made");
  std::string drawn;
  for (int y = -kQuiet; y < code->width + kQuiet; y += 2) {
    drawn += kColours;
    for (int x = -kQuiet; x < code->width + kQuiet; ++x) {
      drawn += block(is_dark(*code, x, y), is_dark(*code, x, y + 1));
    }
    drawn += kPlain;
    drawn += '\n';
  }
  return drawn;
}

}  // namespace fastness::client
