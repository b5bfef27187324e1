// What posix.cc shares with linux.cc and darwin.cc.
#ifndef HOLDFAST_POSIX_H_
#define HOLDFAST_POSIX_H_

#include <sys/types.h>

#include <cerrno>
#include <string>

#include "os/platform.h"

namespace holdfast {

// Repeats a call that a signal interrupted.
template <typename Call>
auto Retry(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  return result;
}

inline int Fd(const File& file) { return static_cast<int>(file.descriptor()); }
inline int Fd(const Directory& directory) { return Fd(directory.file); }

// openat() that follows no symbolic link in any part of `path` and cannot leave `root`; -1 and
// errno.
int OpenBeneath(int root, const char* path, int flags, mode_t mode);
// The same, one part at a time: for kernels that cannot do it in one call.
int WalkBeneath(int root, const std::string& path, int flags, mode_t mode);

// The umask took its part of the mode of a directory that was just made. One that has inherited its
// group (setgid) goes on handing it on.
Status GiveModeToDirectory(int parent, const std::string& name, const std::string& path,
                           mode_t mode);
// What a new file lacks because of the umask, or of the user and group of this process. Asking
// first: most files lack nothing, and a change of mode is one more of the inode, several times as
// dear as the question.
Status GiveOwnership(const File& file, const std::string& path, const Ownership& ownership);
// Refuses what is not to be written in place: a file with a second name, or another user's.
Status CheckInPlace(const FileInfo& info, const std::string& path, const Ownership& ownership);

}  // namespace holdfast

#endif  // HOLDFAST_POSIX_H_
