#include "core/parents.h"

#include <algorithm>
#include <cerrno>

namespace holdfast {

namespace {

// A transaction may change files in more directories than a process may have descriptors.
constexpr size_t kOpenMax = 64;

}  // namespace

bool IsOutOfDescriptors(const Status& status) { return status.Is(EMFILE) || status.Is(ENFILE); }

Status Parents::Use(const std::string& path, Missing missing, std::shared_ptr<Parent>* out) {
  std::string directory = ParentOf(path);
  const auto found = known_.find(directory);
  if (found != known_.end() && found->second->directory.file.is_open()) {
    *out = found->second;
    return Status();
  }
  auto parent = found != known_.end() ? found->second : std::make_shared<Parent>();
  if (open_.size() >= kOpenMax) CloseOldest(parent);
  Status status = Open(directory, missing, parent.get());
  if (!status.ok()) return status;
  open_.push_back(parent);
  known_[std::move(directory)] = parent;
  *out = std::move(parent);
  return Status();
}

Status Parents::UseAgain(const std::string& path, Missing missing, std::shared_ptr<Parent>* out) {
  const auto found = known_.find(ParentOf(path));
  if (found != known_.end()) {
    found->second->directory.file.Close();
    open_.erase(std::remove(open_.begin(), open_.end(), found->second), open_.end());
  }
  return Use(path, missing, out);
}

// Whatever has that name now: nothing that was known of the one before counts for it.
Status Parents::Open(const std::string& path, Missing missing, Parent* parent) {
  parent->known_writable = false;
  return In(nullptr, [&] {
    return missing == Missing::kMake ? EnsureDirectory(volume_, path, &parent->directory, &made_)
                                     : OpenDirectory(volume_.root, path, &parent->directory);
  });
}

void Parents::CloseAll() {
  for (const auto& each : open_) each->directory.file.Close();
  open_.clear();
}

bool Parents::CloseOldest(const std::shared_ptr<Parent>& kept) {
  const auto oldest =
      std::find_if(open_.begin(), open_.end(), [&](const auto& each) { return each != kept; });
  if (oldest == open_.end()) return false;
  (*oldest)->directory.file.Close();
  open_.erase(oldest);
  return true;
}

}  // namespace holdfast
