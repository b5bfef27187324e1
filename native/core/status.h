// The outcome of a system call as a value: no exceptions cross a pool thread.
#ifndef HOLDFAST_STATUS_H_
#define HOLDFAST_STATUS_H_

#include <string>
#include <utility>

namespace holdfast {

// Codes the kernel has no errno for. They lie above every errno.
constexpr int kLockTimeout = 100000;
constexpr int kChanged = 100001;

// Where a call failed, as far as anything is decided by it; names and meaning are those of
// src/disk/disk-phase.ts. Set where it is known: flushes and names by the platform, the steps of a
// commit by the commit.
enum class Phase {
  kCall = 0,
  kRead,
  kPool,
  kLock,
  kInspect,
  kStage,
  kCheck,
  kAppend,
  kFrameFlush,
  kFlush,
  kName,
  kPublish
};

struct Status {
  int error = 0;
  Phase phase = Phase::kCall;
  const char* syscall = "";  // for people: nothing is decided by it
  std::string path;          // relative to the volume

  Status() = default;
  Status(int error_number, const char* call, std::string where)
      : error(error_number), syscall(call), path(std::move(where)) {}

  bool ok() const { return error == 0; }
  bool Is(int error_number) const { return error == error_number; }
  // The same failure, of another phase.
  Status In(Phase known) && {
    phase = known;
    return std::move(*this);
  }
};

// The name that JavaScript sees as `code`, such as "ENOSPC".
const char* ErrorName(int error);
// The name that JavaScript sees as `phase`, such as "flush".
const char* PhaseName(Phase phase);

}  // namespace holdfast

#endif  // HOLDFAST_STATUS_H_
