#include "core/lock.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <optional>
#include <thread>

#include "core/pool.h"

namespace holdfast {

namespace {

constexpr std::chrono::microseconds kSleepMin{50};
constexpr std::chrono::microseconds kSleepMax{1000};

}  // namespace

Status LockFile::Open(const Volume& volume, const std::string& path) {
  path_ = path;
  std::vector<std::string> made;
  Status status = EnsureDirectory(volume, ParentOf(path), &parent_, &made);
  if (status.ok()) status = OpenLockFile(parent_, NameOf(path), volume.ownership, &file_);
  return status.ok() ? Inspect(file_, path, &info_) : status;
}

Status LockFile::Acquire(const Volume& volume, LockKind kind, const Patience& patience) {
  while (true) {
    Status status = AcquireHere(kind, patience);
    if (!status.ok()) return status;
    bool still_there = false;
    try {
      status = FindItself(&still_there);
    } catch (const std::bad_alloc&) {
      Release();
      throw;
    }
    if (status.ok() && still_there) return status;
    // The lock of a removed file keeps no one out. Whether that holds is unknown if it cannot be
    // looked at.
    if (status.ok())
      status = Open(volume, path_);
    else
      Release();
    if (!status.ok()) return status;
  }
}

Status LockFile::AcquireHere(LockKind kind, const Patience& patience) {
  std::optional<Pool::Parked> parked;
  Patience::Clock::duration sleep = kSleepMin;
  while (true) {
    if (patience.cancelled()) return Status(ECANCELED, "flock", path_).In(Phase::kLock);
    Status status = TryLock(file_, path_, kind);
    if (!status.Is(EAGAIN)) return status;
    const auto now = Patience::Clock::now();
    if (now >= patience.end()) return Status(kLockTimeout, "flock", path_).In(Phase::kLock);
    if (!parked) parked.emplace();
    std::this_thread::sleep_for(std::min(sleep, patience.end() - now));
    sleep = std::min<Patience::Clock::duration>(sleep * 2, kSleepMax);
  }
}

Status LockFile::FindItself(bool* found) const {
  FileInfo now;
  const Status status = InspectName(parent_, NameOf(path_), &now);
  *found = status.ok() && now.SameFile(info_);
  return status.Is(ENOENT) ? Status() : status;
}

}  // namespace holdfast
