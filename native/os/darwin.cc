#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <unistd.h>

#include <string_view>

#include "os/posix.h"

namespace holdfast {

namespace {

bool IsUnsupported(int error) {
  return error == ENOTSUP || error == EOPNOTSUPP || error == EINVAL || error == ENOTTY;
}

// fsync() here hands the bytes to the drive and leaves them in its cache. The weaker calls are for
// file systems that do not know the stronger ones, never a second try after a failure.
Status FlushFully(const File& file, const char* call, const std::string& path) {
  if (::fcntl(Fd(file), F_FULLFSYNC) == 0) return Status();
#ifdef F_BARRIERFSYNC
  if (IsUnsupported(errno) && ::fcntl(Fd(file), F_BARRIERFSYNC) == 0) return Status();
#endif
  if (IsUnsupported(errno) && ::fsync(Fd(file)) == 0) return Status();
  return Status(errno, call, path).In(Phase::kFlush);
}

}  // namespace

int OpenBeneath(int root, const char* path, int flags, mode_t mode) {
  return WalkBeneath(root, path, flags, mode);
}

Status CreateUnnamed(const Directory& parent, const Ownership&, File*) {
  return Status(ENOTSUP, "create", parent.path);
}

Status NameUnnamed(const File&, const Directory& parent, const std::string& name) {
  return Status(ENOTSUP, "link", JoinPath(parent.path, name)).In(Phase::kName);
}

Status RenameNoReplace(const Directory& from_parent, const std::string& from,
                       const Directory& to_parent, const std::string& to) {
  if (::renameatx_np(Fd(from_parent), from.c_str(), Fd(to_parent), to.c_str(), RENAME_EXCL) == 0)
    return Status();
  return Status(IsUnsupported(errno) ? ENOTSUP : errno, "rename", JoinPath(to_parent.path, to))
      .In(Phase::kName);
}

Status Reserve(const File& file, const std::string& path, uint64_t bytes) {
  fstore_t store{};
  store.fst_flags = F_ALLOCATEALL;
  store.fst_posmode = F_PEOFPOSMODE;
  store.fst_length = static_cast<off_t>(bytes);
  if (::fcntl(Fd(file), F_PREALLOCATE, &store) != -1 || IsUnsupported(errno)) return Status();
  return Status(errno, "fallocate", path);
}

// There is no way to ask the page cache alone: the pool reads.
bool OpenHot(const Directory&, const char*, File*, uint64_t*) { return false; }
bool ReadHot(const File&, void*, size_t) { return false; }

Status FlushData(const File& file, const std::string& path) {
  return FlushFully(file, "fdatasync", path);
}

Status FlushFile(const File& file, const std::string& path) {
  return FlushFully(file, "fsync", path);
}

Status FlushDirectory(const Directory& directory) {
  return FlushFully(directory.file, "fsync", directory.path);
}

Status FlushFileSystem(const Directory& root) {
  if (::fsync_volume_np(Fd(root), SYNC_VOLUME_FULLSYNC | SYNC_VOLUME_WAIT) == 0) return Status();
  return Status(errno, "syncfs", root.path).In(Phase::kFlush);
}

FileSystem Describe(const Directory& directory) {
  FileSystem out;
  struct statfs info;
  if (Retry([&] { return ::fstatfs(Fd(directory), &info); }) != 0) return out;
  out.name = info.f_fstypename;
  out.network = (info.f_flags & MNT_LOCAL) == 0;
  out.copy_on_write = out.name == "apfs" || out.name == "zfs";
  return out;
}

uint64_t ThreadId() {
  uint64_t id = 0;
  ::pthread_threadid_np(nullptr, &id);
  return id;
}

uint64_t RandomSeed() {
  uint64_t seed = 0;
  ::arc4random_buf(&seed, sizeof seed);
  return seed;
}

}  // namespace holdfast
