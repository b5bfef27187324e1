#include "core/stage.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <new>
#include <random>

namespace holdfast {

Staged& Staged::operator=(Staged&& other) noexcept {
  if (this != &other) {
    Drop();
    file_ = std::move(other.file_);
    temporary_ = std::move(other.temporary_);
    name_ = std::exchange(other.name_, std::string());
  }
  return *this;
}

Status Staged::Write(Volume& volume, const Directory& parent, const void* bytes, size_t length,
                     bool unnamed, const std::string& path) {
  Status status(ENOTSUP, "create", path);
  if (unnamed && volume.features.unnamed_files)
    status = CreateUnnamed(parent, volume.ownership, &file_);
  if (status.Is(ENOTSUP)) status = CreateTemporary(volume);
  if (status.ok()) status = WriteAt(file_, path, bytes, length, 0);
  if (!status.ok()) status.path = path;
  return status;
}

Status Staged::CreateTemporary(Volume& volume) {
  bool again = false;
  while (true) {
    Status status = volume.Temporary(again, &temporary_);
    if (!status.ok()) return status;
    std::string name = volume.temporary_prefix + TemporaryToken();
    status = CreateNamed(*temporary_, name, volume.ownership, &file_);
    if (status.ok() || file_.is_open()) name_ = std::move(name);
    if (status.Is(EEXIST)) continue;
    if (!status.Is(ENOENT) || again) return status;
    again = true;
  }
}

Status Staged::PublishNew(const Directory& parent, const std::string& name) {
  if (name_.empty()) return NameUnnamed(file_, parent, name);
  Status status = MoveNew(*temporary_, name_, parent, name);
  if (status.ok()) name_.clear();
  return status;
}

Status Staged::PublishReplacing(const Directory& parent, const std::string& name) {
  Status status = RenameReplace(*temporary_, name_, parent, name);
  if (status.ok()) name_.clear();
  return status;
}

void Staged::Drop() {
  if (!name_.empty()) Discard(*temporary_, name_);
  name_.clear();
  file_.Close();
}

Status MoveNew(const Directory& from_parent, const std::string& from, const Directory& to_parent,
               const std::string& to) {
  Status status = RenameNoReplace(from_parent, from, to_parent, to);
  if (!status.Is(ENOTSUP)) return status;
  status = Link(from_parent, from, to_parent, to);
  if (status.Is(EEXIST)) {
    // A file server's lost reply: the link was made, its repetition finds it.
    FileInfo source;
    FileInfo target;
    const bool same = InspectName(from_parent, from, &source).ok() &&
                      InspectName(to_parent, to, &target).ok() && source.links == 2 &&
                      source.SameFile(target);
    if (same) status = Status();
  }
  // A file whose old name goes before the new one is on the disk has none after loss of power.
  if (status.ok()) {
    status = FlushDirectory(to_parent);
    RemoveFile(status.ok() ? from_parent : to_parent, status.ok() ? from : to);
  }
  return status;
}

void Discard(const Directory& temporary, const std::string& name) noexcept {
  try {
    RemoveFile(temporary, name);
  } catch (const std::bad_alloc&) {
    return;  // for the text of a failure that is not reported
  }
}

std::string TemporaryToken() {
  thread_local std::mt19937_64 random{RandomSeed()};
  char token[72];
  std::snprintf(token, sizeof token, "%" PRIu64 ".%" PRIu64 ".%016" PRIx64, ProcessId(), ThreadId(),
                static_cast<uint64_t>(random()));
  return token;
}

}  // namespace holdfast
