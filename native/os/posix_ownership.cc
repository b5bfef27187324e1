// Whose the files of a volume are: what new ones are given, and which ones are not written in
// place.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/posix.h"

namespace holdfast {

namespace {

// Gives away what has another owner than it is to have. A group that this process is not a member
// of cannot be given; where that matters, the directory's setgid bit has given it already.
Status GiveAway(int fd, const std::string& path, const Ownership& ownership, bool user,
                bool group) {
  if (user && ::fchown(fd, ownership.user, ownership.group) != 0)
    return Status(errno, "fchown", path);
  if (!user && group && ::fchown(fd, static_cast<uid_t>(-1), ownership.group) != 0 &&
      errno != EPERM)
    return Status(errno, "fchown", path);
  return Status();
}

bool Differs(uint32_t wanted, uint32_t found) {
  return wanted != Ownership::kAsMade && wanted != found;
}

}  // namespace

Status InspectOwnership(const Directory& root, Ownership* ownership) {
  FileInfo info;
  if (Status status = Inspect(root.file, root.full, &info); !status.ok()) return status;
  ownership->volume_user = info.user;
  ownership->handed_on = (info.mode & S_ISGID) != 0;
  ownership->shared = (info.mode & (S_IWGRP | S_IWOTH)) != 0;
  if (::geteuid() == 0 && info.user != 0) ownership->user = info.user;
  if (ownership->handed_on || ownership->user != Ownership::kAsMade) ownership->group = info.group;
  return Status();
}

Status MakeDirectory(const Directory& parent, const std::string& name, const Ownership& ownership) {
  const std::string path = JoinPath(parent.path, name);
  if (::mkdirat(Fd(parent), name.c_str(), ownership.directory_mode & 0777) != 0)
    return Status(errno, "mkdir", path);
  FileInfo info;
  if (Status status = InspectName(parent, name, &info); !status.ok()) return status;
  const bool user = Differs(ownership.user, info.user);
  const bool group = Differs(ownership.group, info.group);
  if (user || group) {
    const int fd = OpenBeneath(Fd(parent), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    if (fd == -1) return Status(errno, "open", path);
    const File file(fd);
    if (Status status = GiveAway(fd, path, ownership, user, group); !status.ok()) return status;
  }
  const mode_t handed_on = ownership.handed_on ? S_ISGID : 0;
  return GiveModeToDirectory(Fd(parent), name, path,
                             static_cast<mode_t>(ownership.directory_mode) | handed_on);
}

Status GiveModeToDirectory(int parent, const std::string& name, const std::string& path,
                           mode_t mode) {
  struct stat info;
  if (::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
    return Status(errno, "stat", path);
  // NOFOLLOW is not needed for a name that was just made as a directory.
  if (::fchmodat(parent, name.c_str(), mode | (info.st_mode & S_ISGID), 0) != 0)
    return Status(errno, "chmod", path);
  return Status();
}

Status GiveOwnership(const File& file, const std::string& path, const Ownership& ownership) {
  FileInfo info;
  if (Status status = Inspect(file, path, &info); !status.ok()) return status;
  const bool user = Differs(ownership.user, info.user);
  const bool group = Differs(ownership.group, info.group);
  if (user || group) {
    if (Status status = GiveAway(Fd(file), path, ownership, user, group); !status.ok())
      return status;
  }
  if (info.mode == ownership.file_mode ||
      ::fchmod(Fd(file), static_cast<mode_t>(ownership.file_mode)) == 0)
    return Status();
  return Status(errno, "fchmod", path);
}

Status CheckInPlace(const FileInfo& info, const std::string& path, const Ownership& ownership) {
  if (info.links > 1 && ownership.links_known)
    return Status(EMLINK, "open", path).In(Phase::kInspect);
  const bool own = info.user == ::geteuid() || info.user == ownership.volume_user || info.user == 0;
  return own || ownership.shared ? Status() : Status(EPERM, "fstat", path).In(Phase::kInspect);
}

}  // namespace holdfast
