// What windows.cc and windows_names.cc share.
#ifndef HOLDFAST_WINDOWS_API_H_
#define HOLDFAST_WINDOWS_API_H_

#include <windows.h>
// windows.h turns these names of ours into others.
#undef RemoveDirectory
#undef CreateFile
#undef GetMessage

#include <cerrno>
#include <string>
#include <string_view>

#include "platform.h"

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

// Virus scanners, indexers and readers without FILE_SHARE_DELETE get in the way for a moment: the
// call is repeated for up to two seconds. It is never replaced by a weaker one.
template <typename Call>
bool Persist(Call call, bool denied_may_pass) {
  constexpr DWORD kPatienceMs = 2000;
  const ULONGLONG end = ::GetTickCount64() + kPatienceMs;
  for (DWORD sleep = 1;; sleep = sleep < 64 ? sleep * 2 : 64) {
    if (call()) return true;
    const DWORD error = ::GetLastError();
    const bool passing = error == ERROR_SHARING_VIOLATION || error == ERROR_LOCK_VIOLATION ||
                         (denied_may_pass && error == ERROR_ACCESS_DENIED);
    if (!passing || ::GetTickCount64() >= end) {
      ::SetLastError(error);
      return false;
    }
    ::Sleep(sleep);
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
