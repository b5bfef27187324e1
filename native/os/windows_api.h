// What windows.cc and windows_names.cc share.
#ifndef HOLDFAST_WINDOWS_API_H_
#define HOLDFAST_WINDOWS_API_H_

#include <windows.h>
// windows.h turns these of our names into others.
#undef RemoveDirectory
#undef CreateFile
#undef GetMessage

#include <cerrno>
#include <string>
#include <string_view>

#include "os/platform.h"

namespace holdfast {

constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

inline HANDLE Native(const File& file) { return reinterpret_cast<HANDLE>(file.descriptor()); }
inline File Own(HANDLE handle) { return File(reinterpret_cast<intptr_t>(handle)); }

std::wstring ToWide(std::string_view utf8);
std::string ToUtf8(const wchar_t* wide);
// The name as the kernel takes it: absolute, with the prefix that lifts the limit of 260
// characters.
std::wstring FullName(const Directory& directory, std::string_view path);
// The errno that stands for a Windows error.
int ToErrno(DWORD error);
Status LastError(const char* call, const std::string& path);

// What Windows answers for a part of over 255 units is the same as for a name that is missing, or
// for a bad one.
bool HasLongName(const std::string& path);
// The call that has just been denied met a file that was removed: its name stays until no process
// has it open any more.
bool IsDeletePending();

// Virus scanners, indexers and readers without FILE_SHARE_DELETE get in the way for a moment: the
// call is repeated for up to two seconds, at random moments, so that those who wait for each other
// do not meet again. It is never replaced by a weaker one.
template <typename Call>
bool Persist(Call call, bool denied_may_pass) {
  constexpr DWORD kPatienceMs = 2000;
  const ULONGLONG end = ::GetTickCount64() + kPatienceMs;
  for (DWORD sleep = 2;; sleep = sleep < 128 ? sleep * 2 : 128) {
    if (call()) return true;
    const DWORD error = ::GetLastError();
    const bool passing = error == ERROR_SHARING_VIOLATION || error == ERROR_LOCK_VIOLATION ||
                         (error == ERROR_ACCESS_DENIED && (denied_may_pass || IsDeletePending()));
    if (!passing || ::GetTickCount64() >= end) {
      ::SetLastError(error);
      return false;
    }
    ::Sleep(1 + static_cast<DWORD>(RandomSeed() % sleep));
  }
}

// ELOOP when any part of `path` beneath the root is a reparse point, the last one included when
// `last` is set.
Status RefuseLinks(const Directory& root, const std::string& path, bool last);
// CreateFileW with all sharing; directories can be opened, links are not followed.
Status OpenHandle(const std::wstring& name, DWORD access, DWORD disposition,
                  const std::string& path, File* out);

}  // namespace holdfast

#endif  // HOLDFAST_WINDOWS_API_H_
