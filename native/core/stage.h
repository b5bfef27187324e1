// A new file that readers cannot see yet, and the ways to give it its name.
#ifndef HOLDFAST_STAGE_H_
#define HOLDFAST_STAGE_H_

#include <memory>
#include <string>

#include "core/volume.h"

namespace holdfast {

// Drops itself: an unnamed file vanishes with its descriptor, a temporary name is removed.
class Staged {
 public:
  Staged() = default;
  Staged(Staged&& other) noexcept { *this = std::move(other); }
  Staged& operator=(Staged&& other) noexcept;
  ~Staged() { Drop(); }

  // In `parent` without a name where that works and `unnamed` allows it, else in the temporary
  // directory.
  Status Write(Volume& volume, const Directory& parent, const void* bytes, size_t length,
               bool unnamed, const std::string& path);
  // EEXIST when the name is taken.
  Status PublishNew(const Directory& parent, const std::string& name);
  // Replaces; only for what was staged with `unnamed` false.
  Status PublishReplacing(const Directory& parent, const std::string& name);
  // For what has a name to be found by: the descriptor is not needed for it.
  void CloseNamed() {
    if (!name_.empty()) file_.Close();
  }
  Status Flush(const std::string& path) const { return FlushFile(file_, path); }

 private:
  Status CreateTemporary(Volume& volume);
  void Drop();

  File file_;
  std::shared_ptr<Directory> temporary_;
  std::string name_;  // in the temporary directory; empty: unnamed, or published
};

// Moves a name without replacing, by the best means the file system has.
Status MoveNew(const Directory& from_parent, const std::string& from, const Directory& to_parent,
               const std::string& to);
std::string TemporaryToken();
// Removes a temporary name as well as can be: what stays is removed by recovery.
void Discard(const Directory& temporary, const std::string& name) noexcept;

}  // namespace holdfast

#endif  // HOLDFAST_STAGE_H_
