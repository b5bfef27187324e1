#include "os/posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace holdfast {

namespace {

// Larger single calls than this are cut short by some kernels.
constexpr size_t kTransferBytesMax = size_t{1} << 30;

timespec ModifiedAt(const struct stat& info) {
#ifdef __APPLE__
  return info.st_mtimespec;
#else
  return info.st_mtim;
#endif
}

timespec ChangedAt(const struct stat& info) {
#ifdef __APPLE__
  return info.st_ctimespec;
#else
  return info.st_ctim;
#endif
}

double Milliseconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec / 1000) / 1e3;
}

FileInfo ToInfo(const struct stat& info) {
  FileInfo out;
  out.kind = S_ISREG(info.st_mode)   ? Kind::kFile
             : S_ISDIR(info.st_mode) ? Kind::kDirectory
                                     : Kind::kOther;
  out.bytes = static_cast<uint64_t>(info.st_size);
  out.modified_ms = Milliseconds(ModifiedAt(info));
  const timespec changed = ChangedAt(info);
  out.changed_ns =
      static_cast<uint64_t>(changed.tv_sec) * 1000000000u + static_cast<uint64_t>(changed.tv_nsec);
  out.links = static_cast<uint32_t>(info.st_nlink);
  out.mode = static_cast<uint32_t>(info.st_mode & 07777);
  out.user = static_cast<uint32_t>(info.st_uid);
  out.group = static_cast<uint32_t>(info.st_gid);
  out.device = static_cast<uint64_t>(info.st_dev);
  out.inode = static_cast<uint64_t>(info.st_ino);
  return out;
}

Status OpenRegular(const Directory& root, const std::string& path, int flags, File* out,
                   FileInfo* info) {
  // O_NONBLOCK: a FIFO planted in the directory must not hold the thread until it has a writer.
  const int fd = OpenBeneath(Fd(root), path.c_str(), flags | O_NONBLOCK | O_NOFOLLOW, 0);
  if (fd == -1) return Status(errno == ENXIO ? EINVAL : errno, "open", path);
  File file(fd);
  if (Status status = Inspect(file, path, info); !status.ok()) return status;
  if (info->kind == Kind::kDirectory) return Status(EISDIR, "open", path);
  if (info->kind != Kind::kFile) return Status(EINVAL, "open", path);
  *out = std::move(file);
  return Status();
}

// One part of a path. What is not a directory because it is a symbolic link says so: the kernel
// calls it ENOTDIR.
int OpenPart(int parent, const std::string& part, int flags, mode_t mode) {
  const int fd =
      Retry([&] { return ::openat(parent, part.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode); });
  if (fd != -1 || errno != ENOTDIR) return fd;
  struct stat info;
  const bool link =
      ::fstatat(parent, part.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
  errno = link ? ELOOP : ENOTDIR;
  return -1;
}

Status MakeRoot(const std::string& directory, mode_t mode) {
  for (size_t end = 1; end != std::string::npos;) {
    end = directory.find('/', end + 1);
    const std::string part = directory.substr(0, end);
    if (::mkdir(part.c_str(), mode) == 0) {
      if (Status status = GiveModeToDirectory(AT_FDCWD, part, part, mode); !status.ok())
        return status;
    } else if (const int error = errno; error != EEXIST) {
      // What is there need not be made, whatever keeps it from being made. stat says only that it
      // is absent.
      struct stat info;
      if (::stat(part.c_str(), &info) != 0) return Status(error, "mkdir", part);
    }
  }
  return Status();
}

}  // namespace

void File::Close() {
  // Not repeated on EINTR: the descriptor is gone either way, and may be another's by now.
  if (descriptor_ != -1) ::close(static_cast<int>(std::exchange(descriptor_, -1)));
}

int WalkBeneath(int root, const std::string& path, int flags, mode_t mode) {
  File held;
  int current = root;
  for (size_t start = 0;;) {
    const size_t slash = path.find('/', start);
    const bool last = slash == path.npos;
    const std::string part = path.substr(start, last ? slash : slash - start);
    const int step = last ? flags : O_RDONLY | O_DIRECTORY;
    const int next = OpenPart(current, part, step, last ? mode : 0);
    const int error = errno;
    held.Close();
    errno = error;
    if (next == -1 || last) return next;
    held = File(next);
    current = next;
    start = slash + 1;
  }
}

Status OpenRoot(const std::string& directory, bool create, uint32_t mode, Directory* out) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  int fd = Retry([&] { return ::open(directory.c_str(), kFlags); });
  if (fd == -1 && errno == ENOENT && create) {
    if (Status status = MakeRoot(directory, static_cast<mode_t>(mode)); !status.ok()) return status;
    fd = Retry([&] { return ::open(directory.c_str(), kFlags); });
  }
  if (fd == -1) return Status(errno, "open", directory);
  *out = Directory{File(fd), "", directory};
  return Status();
}

Status OpenDirectory(const Directory& root, const std::string& path, Directory* out) {
  const int fd =
      OpenBeneath(Fd(root), path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY, 0);
  if (fd == -1) return Status(errno, "open", path);
  *out = Directory{File(fd), path, std::string()};
  return Status();
}

Status RemoveDirectory(const Directory& parent, const std::string& name) {
  if (::unlinkat(Fd(parent), name.c_str(), AT_REMOVEDIR) == 0) return Status();
  return Status(errno == EEXIST ? ENOTEMPTY : errno, "rmdir", JoinPath(parent.path, name));
}

Status ListDirectory(const Directory& directory, std::vector<Entry>* out) {
  // A descriptor of its own: reading moves the position that duplicates share.
  const int fd =
      Retry([&] { return ::openat(Fd(directory), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd == -1) return Status(errno, "open", directory.path);
  File descriptor(fd);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd), ::closedir);
  if (stream == nullptr) return Status(errno, "readdir", directory.path);
  descriptor.Release();
  Status status;
  while (true) {
    errno = 0;
    const dirent* each = ::readdir(stream.get());
    if (each == nullptr) {
      if (errno != 0) status = Status(errno, "readdir", directory.path);
      break;
    }
    const std::string name = each->d_name;
    if (name == "." || name == "..") continue;
    FileInfo info;
    status = InspectName(directory, name, &info);
    if (status.Is(ENOENT)) {  // removed since it was listed
      status = Status();
      continue;
    }
    if (!status.ok()) break;
    out->push_back(Entry{name, info});
  }
  return status;
}

Status CheckWritable(const Directory& directory) {
  if (::faccessat(Fd(directory), ".", W_OK | X_OK, AT_EACCESS) == 0) return Status();
  return Status(errno, "access", directory.path);
}

bool WasRemoved(const Directory& directory) {
  struct stat info;
  return ::fstat(Fd(directory), &info) == 0 && info.st_nlink == 0;
}

Status OpenRead(const Directory& root, const std::string& path, File* out, FileInfo* info) {
  return OpenRegular(root, path, O_RDONLY, out, info);
}

Status OpenUpdate(const Directory& root, const std::string& path, const Ownership& ownership,
                  File* out, FileInfo* info) {
  Status status = OpenRegular(root, path, O_RDWR, out, info);
  if (status.ok()) status = CheckInPlace(*info, path, ownership);
  if (!status.ok()) out->Close();
  return status;
}

Status OpenForFlush(const Directory& root, const std::string& path, File* out, FileInfo* info) {
  return OpenRegular(root, path, O_RDONLY, out, info);
}

Status OpenLockFile(const Directory& parent, const std::string& name, const Ownership& ownership,
                    File* out) {
  const std::string path = JoinPath(parent.path, name);
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK;
  while (true) {
    int fd = OpenBeneath(Fd(parent), name.c_str(), kFlags, 0);
    if (fd == -1 && errno == ENOENT) {
      if (Status made = CreateNamed(parent, name, ownership, out); !made.Is(EEXIST)) return made;
      continue;  // another was faster; theirs is as good
    }
    if (fd == -1) return Status(errno, "open", path);
    *out = File(fd);
    FileInfo info;
    if (Status status = Inspect(*out, path, &info); !status.ok()) return status;
    if (info.kind != Kind::kFile) return Status(EINVAL, "open", path);
    return CheckInPlace(info, path, ownership);
  }
}

Status CreateNamed(const Directory& parent, const std::string& name, const Ownership& ownership,
                   File* out) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  // First of all: where there is no memory for it, no file may be left that no caller knows of.
  const std::string path = JoinPath(parent.path, name);
  const int fd =
      Retry([&] { return ::openat(Fd(parent), name.c_str(), kFlags, ownership.file_mode); });
  if (fd == -1) return Status(errno, "create", path);
  *out = File(fd);
  return GiveOwnership(*out, path, ownership);
}

Status Inspect(const File& file, const std::string& path, FileInfo* out) {
  struct stat info;
  if (::fstat(Fd(file), &info) != 0) return Status(errno, "fstat", path);
  *out = ToInfo(info);
  return Status();
}

Status InspectName(const Directory& parent, const std::string& name, FileInfo* out) {
  struct stat info;
  if (::fstatat(Fd(parent), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
    return Status(errno, "stat", JoinPath(parent.path, name));
  *out = ToInfo(info);
  return Status();
}

Status ReadAt(const File& file, const std::string& path, void* bytes, size_t length,
              uint64_t offset, size_t* got) {
  *got = 0;
  while (*got < length) {
    const size_t step = std::min(length - *got, kTransferBytesMax);
    const ssize_t count = Retry([&] {
      return ::pread(Fd(file), static_cast<char*>(bytes) + *got, step,
                     static_cast<off_t>(offset + *got));
    });
    if (count == -1) return Status(errno, "pread", path).In(Phase::kRead);
    if (count == 0) break;
    *got += static_cast<size_t>(count);
  }
  return Status();
}

Status WriteAt(const File& file, const std::string& path, const void* bytes, size_t length,
               uint64_t offset) {
  for (size_t done = 0; done < length;) {
    const size_t step = std::min(length - done, kTransferBytesMax);
    const ssize_t count = Retry([&] {
      return ::pwrite(Fd(file), static_cast<const char*>(bytes) + done, step,
                      static_cast<off_t>(offset + done));
    });
    if (count == -1) return Status(errno, "pwrite", path);
    if (count == 0)
      return Status(EIO, "pwrite", path);  // no progress and no reason: not to be repeated
    done += static_cast<size_t>(count);
  }
  return Status();
}

Status Resize(const File& file, const std::string& path, uint64_t bytes) {
  if (Retry([&] { return ::ftruncate(Fd(file), static_cast<off_t>(bytes)); }) == 0) return Status();
  return Status(errno, "ftruncate", path);
}

Status Link(const Directory& from_parent, const std::string& from, const Directory& to_parent,
            const std::string& to) {
  if (::linkat(Fd(from_parent), from.c_str(), Fd(to_parent), to.c_str(), 0) == 0) return Status();
  return Status(errno, "link", JoinPath(to_parent.path, to)).In(Phase::kName);
}

Status RenameReplace(const Directory& from_parent, const std::string& from,
                     const Directory& to_parent, const std::string& to) {
  if (::renameat(Fd(from_parent), from.c_str(), Fd(to_parent), to.c_str()) == 0) return Status();
  return Status(errno, "rename", JoinPath(to_parent.path, to)).In(Phase::kName);
}

Status RemoveFile(const Directory& parent, const std::string& name) {
  if (::unlinkat(Fd(parent), name.c_str(), 0) == 0) return Status();
  return Status(errno, "unlink", JoinPath(parent.path, name));
}

}  // namespace holdfast
