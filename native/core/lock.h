// Kernel locks with a deadline. A wait is a series of tries: who gives up leaves nothing behind in
// the kernel.
#ifndef HOLDFAST_LOCK_H_
#define HOLDFAST_LOCK_H_

#include <atomic>
#include <chrono>
#include <string>

#include "core/volume.h"

namespace holdfast {

// How long a call may wait, and whether it was cancelled.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  Patience(double timeout_ms, const std::atomic<bool>& cancelled)
      : end_(Clock::now() + std::chrono::microseconds(static_cast<int64_t>(timeout_ms * 1000))),
        cancelled_(cancelled) {}

  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  bool expired() const { return Clock::now() >= end_; }
  Clock::time_point end() const { return end_; }

 private:
  Clock::time_point end_;
  const std::atomic<bool>& cancelled_;
};

// A lock file: made when missing, never removed, opened again when another has removed it.
class LockFile {
 public:
  Status Open(const Volume& volume, const std::string& path);
  // ELOCKTIMEOUT after the deadline, ECANCELED when cancelled.
  Status Acquire(const Volume& volume, LockKind kind, const Patience& patience);
  Status DowngradeToShared() { return Downgrade(file_, path_); }
  Status Release() { return Unlock(file_, path_); }
  // Releases with the descriptor.
  void Close() { file_.Close(); }

 private:
  Status AcquireHere(LockKind kind, const Patience& patience);
  Status FindItself(bool* found) const;

  std::string path_;
  Directory parent_;
  File file_;
  FileInfo info_;
};

}  // namespace holdfast

#endif  // HOLDFAST_LOCK_H_
