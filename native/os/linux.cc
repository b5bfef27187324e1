#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "os/posix.h"

// Calls and flags of kernels that are younger than the headers of some systems that this is built
// on. libc has no openat2(), and the wrappers of the others are younger than the oldest glibc
// (2.28) and musl that the addon runs with: all are called by number.
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x8
#endif

namespace holdfast {

namespace {

// As in linux/openat2.h.
struct OpenHow {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};
constexpr uint64_t kResolveNoMagicLinks = 0x02;
constexpr uint64_t kResolveNoSymlinks = 0x04;
constexpr uint64_t kResolveBeneath = 0x08;
constexpr uint64_t kResolveCached = 0x20;
constexpr uint64_t kBeneath = kResolveBeneath | kResolveNoSymlinks | kResolveNoMagicLinks;

constexpr unsigned int kRenameNoReplace = 1;

// Kernels before 5.6 and some sandboxes have no openat2().
std::atomic<bool> openat2_missing{false};

int OpenAt2(int root, const char* path, int flags, mode_t mode, uint64_t resolve) {
  OpenHow how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = resolve;
  return static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how));
}

struct Magic {
  uint32_t number;
  const char* name;
  bool network;
  bool copy_on_write;
  bool memory;
};

constexpr Magic kMagics[] = {
    {0x0000ef53, "ext4", false, false, false},  {0x58465342, "xfs", false, false, false},
    {0x9123683e, "btrfs", false, true, false},  {0x01021994, "tmpfs", false, false, true},
    {0x858458f6, "ramfs", false, false, true},  {0x794c7630, "overlay", false, false, false},
    {0x00006969, "nfs", true, false, false},    {0xff534d42, "cifs", true, false, false},
    {0xfe534d42, "smb2", true, false, false},   {0x0000517b, "smb", true, false, false},
    {0x65735546, "fuse", true, false, false},   {0x00004d44, "vfat", false, false, false},
    {0x2011bab0, "exfat", false, false, false}, {0xf2f52010, "f2fs", false, false, false},
    {0x2fc12fc1, "zfs", false, true, false},    {0xca451a4e, "bcachefs", false, true, false},
    {0x01021997, "9p", true, false, false},     {0x00c36400, "ceph", true, false, false},
    {0x5346544e, "ntfs", false, false, false},  {0x7366746e, "ntfs3", false, false, false},
    {0x3153464a, "jfs", false, false, false},   {0x52654973, "reiserfs", false, false, false},
    {0x0bd00bd0, "lustre", true, false, false}, {0x6a656a63, "virtiofs", true, false, false},
    {0x01161970, "gfs2", true, false, false},   {0x7461636f, "ocfs2", true, false, false},
    {0x00c0ffee, "hostfs", true, false, false},
};

}  // namespace

int OpenBeneath(int root, const char* path, int flags, mode_t mode) {
  if (!openat2_missing.load(std::memory_order_relaxed)) {
    // EAGAIN: the tree was renamed under the lookup, the kernel asks for another try.
    for (int attempt = 0; attempt < 32; attempt++) {
      const int fd = Retry([&] { return OpenAt2(root, path, flags, mode, kBeneath); });
      if (fd != -1 || errno != EAGAIN) {
        if (fd != -1 || (errno != ENOSYS && errno != EPERM)) return fd;
        break;
      }
    }
    // EPERM is also a file's own answer: only a missing call is remembered.
    if (errno == ENOSYS) openat2_missing.store(true, std::memory_order_relaxed);
  }
  return WalkBeneath(root, path, flags, mode);
}

Status CreateUnnamed(const Directory& parent, const Ownership& ownership, File* out) {
  const int fd = Retry([&] {
    return ::openat(Fd(parent), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, ownership.file_mode);
  });
  if (fd == -1) {
    // EISDIR is how kernels older than the flag read it.
    const bool unsupported = errno == EOPNOTSUPP || errno == EISDIR;
    return Status(unsupported ? ENOTSUP : errno, "create", parent.path);
  }
  *out = File(fd);
  return GiveOwnership(*out, parent.path, ownership);
}

Status NameUnnamed(const File& file, const Directory& parent, const std::string& name) {
  // By way of /proc: AT_EMPTY_PATH needs a capability that few processes have.
  char source[40];
  std::snprintf(source, sizeof source, "/proc/self/fd/%d", Fd(file));
  if (::linkat(AT_FDCWD, source, Fd(parent), name.c_str(), AT_SYMLINK_FOLLOW) == 0) return Status();
  return Status(errno, "link", JoinPath(parent.path, name)).In(Phase::kName);
}

Status RenameNoReplace(const Directory& from_parent, const std::string& from,
                       const Directory& to_parent, const std::string& to) {
  if (::syscall(SYS_renameat2, Fd(from_parent), from.c_str(), Fd(to_parent), to.c_str(),
                kRenameNoReplace) == 0)
    return Status();
  const bool unsupported = errno == EINVAL || errno == ENOSYS;
  return Status(unsupported ? ENOTSUP : errno, "rename", JoinPath(to_parent.path, to))
      .In(Phase::kName);
}

Status Reserve(const File& file, const std::string& path, uint64_t bytes) {
  if (Retry([&] { return ::fallocate(Fd(file), 0, 0, static_cast<off_t>(bytes)); }) == 0)
    return Status();
  if (errno == EOPNOTSUPP || errno == ENOSYS) return Status();
  return Status(errno, "fallocate", path);
}

bool OpenHot(const Directory& root, const char* path, File* out, uint64_t* bytes) {
  if (openat2_missing.load(std::memory_order_relaxed)) return false;
  const int fd =
      OpenAt2(Fd(root), path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, kBeneath | kResolveCached);
  if (fd == -1) return false;
  *out = File(fd);
  struct stat info;
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return false;
  *bytes = static_cast<uint64_t>(info.st_size);
  return true;
}

bool ReadHot(const File& file, void* bytes, size_t length) {
  iovec part{bytes, length};
  // The offset comes in two halves: with words of 64 bits the first holds all of it.
  const long got = ::syscall(SYS_preadv2, Fd(file), &part, 1L, 0L, 0L, RWF_NOWAIT);
  return got >= 0 && static_cast<size_t>(got) == length;
}

Status FlushData(const File& file, const std::string& path) {
  if (::fdatasync(Fd(file)) == 0) return Status();
  return Status(errno, "fdatasync", path).In(Phase::kFlush);
}

Status FlushFile(const File& file, const std::string& path) {
  if (::fsync(Fd(file)) == 0) return Status();
  return Status(errno, "fsync", path).In(Phase::kFlush);
}

Status FlushDirectory(const Directory& directory) {
  if (::fsync(Fd(directory)) == 0) return Status();
  return Status(errno, "fsync", directory.path).In(Phase::kFlush);
}

Status FlushFileSystem(const Directory& root) {
  if (::syncfs(Fd(root)) == 0) return Status();
  return Status(errno, "syncfs", root.path).In(Phase::kFlush);
}

FileSystem Describe(const Directory& directory) {
  FileSystem out;
  struct statfs info;
  if (Retry([&] { return ::fstatfs(Fd(directory), &info); }) != 0) return out;
  for (const Magic& each : kMagics) {
    if (each.number != static_cast<uint32_t>(info.f_type)) continue;
    out.name = each.name;
    out.network = each.network;
    out.copy_on_write = each.copy_on_write;
    out.memory = each.memory;
  }
  return out;
}

uint64_t ThreadId() { return static_cast<uint64_t>(::syscall(SYS_gettid)); }

uint64_t RandomSeed() {
  uint64_t seed = 0;
  constexpr long kNonblocking = 1;
  const long got = ::syscall(SYS_getrandom, &seed, sizeof seed, kNonblocking);
  if (got == static_cast<long>(sizeof seed)) return seed;
  // A machine that has just started has none yet, an old kernel no such call.
  struct timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec) +
         (ThreadId() << 32);
}

}  // namespace holdfast
