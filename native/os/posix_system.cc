// Locks, the shared page, the directories above, and facts about the system.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "os/posix.h"

namespace holdfast {

Status TryLock(const File& file, const std::string& path, LockKind kind) {
  const int operation = (kind == LockKind::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  if (Retry([&] { return ::flock(Fd(file), operation); }) == 0) return Status();
  return Status(errno == EWOULDBLOCK ? EAGAIN : errno, "flock", path).In(Phase::kLock);
}

Status Downgrade(const File& file, const std::string& path) {
  // The kernel changes the kind in one step: no other can hold a lock beside an exclusive one.
  return TryLock(file, path, LockKind::kShared);
}

Status Unlock(const File& file, const std::string& path) {
  if (Retry([&] { return ::flock(Fd(file), LOCK_UN); }) == 0) return Status();
  return Status(errno, "flock", path).In(Phase::kLock);
}

Status MeasureSpace(const Directory& root, Space* out) {
  struct statvfs info;
  if (Retry([&] { return ::fstatvfs(Fd(root), &info); }) != 0)
    return Status(errno, "statvfs", root.path);
  const double block = static_cast<double>(info.f_frsize);
  out->total_bytes = static_cast<double>(info.f_blocks) * block;
  out->free_bytes = static_cast<double>(info.f_bavail) * block;
  out->used_bytes = static_cast<double>(info.f_blocks - info.f_bfree) * block;
  out->total_inodes = static_cast<double>(info.f_files);
  out->free_inodes = static_cast<double>(info.f_favail);
  return Status();
}

Status FlushAncestors(const Directory& root) {
  FileInfo below;
  Status status = Inspect(root.file, "", &below);
  File held;
  for (int at = Fd(root); status.ok(); at = Fd(held)) {
    const int fd = Retry([&] { return ::openat(at, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    // It may be passed and not be read, so it cannot be flushed by itself.
    if (fd == -1 && errno == EACCES) return FlushFileSystem(root);
    if (fd == -1) return Status(errno, "open", "..");
    Directory parent{File(fd), "..", std::string()};
    FileInfo above;
    status = Inspect(parent.file, "..", &above);
    if (status.ok() && (above.device != below.device || above.SameFile(below))) return status;
    if (status.ok()) status = FlushDirectory(parent);
    held = std::move(parent.file);
    below = above;
  }
  return status;
}

uint64_t ProcessId() { return static_cast<uint64_t>(::getpid()); }

void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  // But for those that a thread raises itself: blocked, they would end the process unasked.
  for (const int each : {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP}) sigdelset(&all, each);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

void PinModule() {
  Dl_info info;
  if (::dladdr(reinterpret_cast<const void*>(&PinModule), &info) == 0) return;
  // The handle is leaked on purpose: that is the pin.
  ::dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

bool IsPossibleName(std::string_view) { return true; }
bool CanReplaceMappings() { return true; }
bool DoRemovedNamesStay() { return false; }

}  // namespace holdfast
