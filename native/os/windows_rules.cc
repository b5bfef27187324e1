// Which names Windows takes for something else, or for none.
#include <algorithm>

#include "os/windows_api.h"

namespace holdfast {

namespace {

// HOLDFA~1.JSO for .holdfast.json.
bool IsShortName(std::string_view name) {
  const size_t dot = name.find('.');
  const std::string_view stem = name.substr(0, dot);
  const size_t tilde = stem.rfind('~');
  if (tilde == stem.npos || tilde == 0 || tilde > 6) return false;
  const std::string_view number = stem.substr(tilde + 1);
  if (number.empty() || number.size() > 6) return false;
  if (number.find_first_not_of("0123456789") != number.npos) return false;
  if (dot == name.npos) return true;
  const std::string_view extension = name.substr(dot + 1);
  return extension.size() <= 3 && extension.find('.') == extension.npos;
}

}  // namespace

bool HasLongName(const std::string& path) {
  constexpr size_t kNameUnitsMax = 255;
  const std::wstring wide = ToWide(path);
  for (size_t start = 0; start <= wide.size();) {
    const size_t end = std::min(wide.find_first_of(L"/\\", start), wide.size());
    if (end - start > kNameUnitsMax) return true;
    start = end + 1;
  }
  return false;
}

bool IsPossibleName(std::string_view name) {
  for (const char each : name)
    if (static_cast<unsigned char>(each) < ' ') return false;
  if (name.find_first_of("<>:\"|?*") != name.npos) return false;
  if (name.back() == '.' || name.back() == ' ' || IsShortName(name)) return false;
  std::string stem(name.substr(0, name.find('.')));
  stem.resize(stem.find_last_not_of(' ') + 1);
  for (char& each : stem)
    if (each >= 'a' && each <= 'z') each = static_cast<char>(each - 'a' + 'A');
  for (const char* device : {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"})
    if (stem == device) return false;
  const std::string_view kind = std::string_view(stem).substr(0, 3);
  if (kind != "COM" && kind != "LPT") return true;
  const std::string_view number = std::string_view(stem).substr(3);
  const bool digit = number.size() == 1 && number[0] >= '0' && number[0] <= '9';
  // Superscript digits, too.
  return !digit && number != "\u00b9" && number != "\u00b2" && number != "\u00b3";
}

bool CanReplaceMappings() { return false; }
bool DoRemovedNamesStay() { return true; }

}  // namespace holdfast
