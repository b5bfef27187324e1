// The outcome of a system call as a value: no exceptions cross a pool thread.
#ifndef HOLDFAST_STATUS_H_
#define HOLDFAST_STATUS_H_

#include <string>
#include <utility>

namespace holdfast {

// Codes the kernel has no errno for. They lie above every errno.
constexpr int kLockTimeout = 100000;
constexpr int kChanged = 100001;

struct Status {
  int error = 0;
  const char* syscall = "";
  std::string path;  // relative to the volume

  Status() = default;
  Status(int error_number, const char* call, std::string where)
      : error(error_number), syscall(call), path(std::move(where)) {}

  bool ok() const { return error == 0; }
  bool Is(int error_number) const { return error == error_number; }
};

// The name that JavaScript sees as `code`, such as "ENOSPC".
const char* ErrorName(int error);

}  // namespace holdfast

#endif  // HOLDFAST_STATUS_H_
