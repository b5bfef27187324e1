// Names, directories and errors.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "os/windows_api.h"

namespace holdfast {

namespace {

struct Meaning {
  DWORD error;
  int number;
};

constexpr Meaning kMeanings[] = {
    {ERROR_FILE_NOT_FOUND, ENOENT},
    {ERROR_PATH_NOT_FOUND, ENOENT},
    {ERROR_INVALID_NAME, EINVAL},
    {ERROR_BAD_PATHNAME, EINVAL},
    {ERROR_ACCESS_DENIED, EACCES},
    {ERROR_PRIVILEGE_NOT_HELD, EPERM},
    {ERROR_FILE_EXISTS, EEXIST},
    {ERROR_ALREADY_EXISTS, EEXIST},
    {ERROR_SHARING_VIOLATION, EBUSY},
    {ERROR_LOCK_VIOLATION, EBUSY},
    {ERROR_USER_MAPPED_FILE, EBUSY},
    {ERROR_TOO_MANY_OPEN_FILES, EMFILE},
    {ERROR_DISK_FULL, ENOSPC},
    {ERROR_HANDLE_DISK_FULL, ENOSPC},
    {ERROR_DISK_QUOTA_EXCEEDED, ENOSPC},
    {ERROR_WRITE_PROTECT, EROFS},
    {ERROR_DIR_NOT_EMPTY, ENOTEMPTY},
    {ERROR_DIRECTORY, ENOTDIR},
    {ERROR_NOT_SAME_DEVICE, EXDEV},
    {ERROR_TOO_MANY_LINKS, EMLINK},
    {ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG},
    {ERROR_CANT_RESOLVE_FILENAME, ELOOP},
    {ERROR_NOT_SUPPORTED, ENOTSUP},
    {ERROR_INVALID_FUNCTION, ENOTSUP},
    {ERROR_CALL_NOT_IMPLEMENTED, ENOTSUP},
    {ERROR_INVALID_PARAMETER, EINVAL},
    {ERROR_INVALID_HANDLE, EBADF},
    {ERROR_NOT_ENOUGH_MEMORY, ENOMEM},
    {ERROR_OUTOFMEMORY, ENOMEM},
    {ERROR_COMMITMENT_LIMIT, ENOMEM},
    {ERROR_NO_SYSTEM_RESOURCES, ENOMEM},
    {ERROR_SEM_TIMEOUT, ETIMEDOUT},
    {ERROR_OPERATION_ABORTED, ECANCELED},
};

double ModifiedMs(const FILETIME& time) {
  constexpr uint64_t kUnixEpochIn100ns = 116444736000000000;
  const uint64_t ticks = (static_cast<uint64_t>(time.dwHighDateTime) << 32) | time.dwLowDateTime;
  return static_cast<double>(ticks - kUnixEpochIn100ns) / 1e4;
}

// With the semantics of POSIX a name is free for others at once, even while another still reads
// the file.
bool RenameByHandle(const std::wstring& from, const std::wstring& to, bool replace) {
  File source;
  if (!OpenHandle(from, DELETE | SYNCHRONIZE, OPEN_EXISTING, "", &source).ok()) return false;
  const size_t name_bytes = to.size() * sizeof(wchar_t);
  const size_t bytes = sizeof(FILE_RENAME_INFO) + name_bytes;
  std::vector<std::max_align_t> room(bytes / sizeof(std::max_align_t) + 1);
  auto* info = reinterpret_cast<FILE_RENAME_INFO*>(room.data());
  constexpr DWORD kReplace = 0x1;  // FILE_RENAME_FLAG_REPLACE_IF_EXISTS
  constexpr DWORD kPosix = 0x2;    // FILE_RENAME_FLAG_POSIX_SEMANTICS
  info->Flags = kPosix | (replace ? kReplace : 0);
  info->RootDirectory = nullptr;
  info->FileNameLength = static_cast<DWORD>(name_bytes);
  std::copy(to.begin(), to.end(), info->FileName);
  constexpr auto kRenameInfoEx = static_cast<FILE_INFO_BY_HANDLE_CLASS>(22);
  const bool renamed = ::SetFileInformationByHandle(Native(source), kRenameInfoEx, info,
                                                    static_cast<DWORD>(bytes)) != 0;
  const DWORD error = ::GetLastError();
  source.Close();
  ::SetLastError(error);
  return renamed;
}

bool RenameOnce(const std::wstring& from, const std::wstring& to, bool replace) {
  if (RenameByHandle(from, to, replace)) return true;
  const DWORD error = ::GetLastError();
  const bool unknown = error == ERROR_INVALID_PARAMETER || error == ERROR_INVALID_FUNCTION ||
                       error == ERROR_NOT_SUPPORTED;
  if (!unknown) return false;
  const DWORD flags = MOVEFILE_WRITE_THROUGH | (replace ? MOVEFILE_REPLACE_EXISTING : 0);
  return ::MoveFileExW(from.c_str(), to.c_str(), flags) != 0;
}

Status Rename(const Directory& from_parent, const std::string& from, const Directory& to_parent,
              const std::string& to, bool replace) {
  const std::wstring source = FullName(from_parent, from);
  const std::wstring target = FullName(to_parent, to);
  // A denial is what a name without delete sharing looks like, but a taken name stays taken.
  if (Persist([&] { return RenameOnce(source, target, replace); }, replace)) return Status();
  return LastError("rename", JoinPath(to_parent.path, to)).In(Phase::kName);
}

}  // namespace

std::wstring ToWide(std::string_view utf8) {
  const int length = static_cast<int>(utf8.size());
  const int needed = ::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), length, nullptr, 0);
  std::wstring wide(static_cast<size_t>(needed), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), length, wide.data(), needed);
  return wide;
}

std::string ToUtf8(const wchar_t* wide) {
  const int needed = ::WideCharToMultiByte(CP_UTF8, 0, wide, -1, nullptr, 0, nullptr, nullptr);
  if (needed <= 1) return std::string();
  std::string utf8(static_cast<size_t>(needed), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, wide, -1, utf8.data(), needed, nullptr, nullptr);
  utf8.pop_back();  // the terminator
  return utf8;
}

std::wstring FullName(const Directory& directory, std::string_view path) {
  std::string full = directory.full;
  if (!path.empty()) full.append("\\").append(path);
  for (char& each : full)
    if (each == '/') each = '\\';
  const std::wstring wide = ToWide(full);
  if (wide.rfind(L"\\\\?\\", 0) == 0) return wide;
  if (wide.rfind(L"\\\\", 0) == 0) return L"\\\\?\\UNC" + wide.substr(1);
  return L"\\\\?\\" + wide;
}

int ToErrno(DWORD error) {
  for (const Meaning& each : kMeanings)
    if (each.error == error) return each.number;
  return EIO;
}

Status LastError(const char* call, const std::string& path) {
  const DWORD error = ::GetLastError();
  const bool in_the_way = error == ERROR_ACCESS_DENIED && IsDeletePending();
  if (HasLongName(path)) return Status(ENAMETOOLONG, call, path);
  return Status(in_the_way ? EBUSY : ToErrno(error), call, path);
}

bool IsDeletePending() {
  using LastStatus = LONG(NTAPI*)();
  static const auto last_status = reinterpret_cast<LastStatus>(reinterpret_cast<void*>(
      ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "RtlGetLastNtStatus")));
  constexpr auto kDeletePending = static_cast<LONG>(0xC0000056);
  return ::GetLastError() == ERROR_ACCESS_DENIED && last_status != nullptr &&
         last_status() == kDeletePending;
}

Status RefuseLinks(const Directory& root, const std::string& path, bool last) {
  for (size_t end = path.find('/');; end = path.find('/', end + 1)) {
    if (end == path.npos && !last) return Status();
    const std::string part = path.substr(0, end);
    const DWORD attributes = ::GetFileAttributesW(FullName(root, part).c_str());
    if (attributes == INVALID_FILE_ATTRIBUTES)
      return IsDeletePending() ? Status(ENOENT, "open", path) : LastError("open", path);
    if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) return Status(ELOOP, "open", path);
    if (end == path.npos) return Status();
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0) return Status(ENOTDIR, "open", path);
  }
}

Status OpenRoot(const std::string& directory, bool create, uint32_t mode, Directory* out) {
  Directory root;
  root.full = directory;
  const std::wstring name = FullName(root, "");
  constexpr DWORD kAccess = FILE_LIST_DIRECTORY | SYNCHRONIZE;
  Status status = OpenHandle(name, kAccess, OPEN_EXISTING, directory, &root.file);
  if (status.Is(ENOENT) && create) {
    const size_t slash = directory.find_last_of("/\\");
    if (slash == directory.npos || slash < 3) return status;
    Directory parent;
    status = OpenRoot(directory.substr(0, slash), true, mode, &parent);
    if (status.ok() && !::CreateDirectoryW(name.c_str(), nullptr) &&
        ::GetLastError() != ERROR_ALREADY_EXISTS)
      return LastError("mkdir", directory);
    if (status.ok()) status = OpenHandle(name, kAccess, OPEN_EXISTING, directory, &root.file);
  }
  FileInfo info;
  if (status.ok()) status = Inspect(root.file, directory, &info);
  if (status.ok() && info.kind == Kind::kFile) status = Status(ENOTDIR, "open", directory);
  if (status.ok()) *out = std::move(root);
  return status;
}

Status OpenDirectory(const Directory& root, const std::string& path, Directory* out) {
  Directory opened;
  opened.path = path;
  opened.full = path.empty() ? root.full : root.full + "\\" + path;
  Status status = path.empty() ? Status() : RefuseLinks(root, path, true);
  if (status.ok())
    status = OpenHandle(FullName(opened, ""), FILE_LIST_DIRECTORY | SYNCHRONIZE, OPEN_EXISTING,
                        path, &opened.file);
  FileInfo info;
  if (status.ok()) status = Inspect(opened.file, path, &info);
  if (status.ok() && info.kind == Kind::kFile) status = Status(ENOTDIR, "open", path);
  if (status.ok()) *out = std::move(opened);
  return status;
}

Status InspectOwnership(const Directory&, Ownership*) { return Status(); }

Status MakeDirectory(const Directory& parent, const std::string& name, const Ownership&) {
  const std::wstring full = FullName(parent, name);
  if (Persist([&] { return ::CreateDirectoryW(full.c_str(), nullptr) != 0; }, false))
    return Status();
  return LastError("mkdir", JoinPath(parent.path, name));
}

Status RemoveDirectory(const Directory& parent, const std::string& name) {
  const std::wstring full = FullName(parent, name);
  if (Persist([&] { return ::RemoveDirectoryW(full.c_str()) != 0; }, false)) return Status();
  return LastError("rmdir", JoinPath(parent.path, name));
}

Status ListDirectory(const Directory& directory, std::vector<Entry>* out) {
  WIN32_FIND_DATAW found;
  const HANDLE search = ::FindFirstFileExW(FullName(directory, "*").c_str(), FindExInfoBasic,
                                           &found, FindExSearchNameMatch, nullptr, 0);
  if (search == INVALID_HANDLE_VALUE) return LastError("readdir", directory.path);
  do {
    Entry entry;
    entry.name = ToUtf8(found.cFileName);
    if (entry.name == "." || entry.name == "..") continue;
    const bool link = (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    const bool inner = (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    entry.info.kind = link ? Kind::kOther : inner ? Kind::kDirectory : Kind::kFile;
    entry.info.bytes = (static_cast<uint64_t>(found.nFileSizeHigh) << 32) | found.nFileSizeLow;
    entry.info.modified_ms = ModifiedMs(found.ftLastWriteTime);
    // Only the directory itself knows its last change: the entry in its parent lags behind.
    if (entry.info.kind == Kind::kDirectory) {
      const Status status = InspectName(directory, entry.name, &entry.info);
      if (status.Is(ENOENT)) continue;
    }
    out->push_back(std::move(entry));
  } while (::FindNextFileW(search, &found));
  const DWORD error = ::GetLastError();
  ::FindClose(search);
  return error == ERROR_NO_MORE_FILES ? Status()
                                      : Status(ToErrno(error), "readdir", directory.path);
}

Status CheckWritable(const Directory& directory) {
  File file;
  return OpenHandle(FullName(directory, ""), FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY, OPEN_EXISTING,
                    directory.path, &file);
}

bool WasRemoved(const Directory& directory) {
  FILE_STANDARD_INFO info;
  return ::GetFileInformationByHandleEx(Native(directory.file), FileStandardInfo, &info,
                                        sizeof info) &&
         info.DeletePending;
}

Status NameUnnamed(const File&, const Directory& parent, const std::string& name) {
  return Status(ENOTSUP, "link", JoinPath(parent.path, name)).In(Phase::kName);
}

Status RenameNoReplace(const Directory& from_parent, const std::string& from,
                       const Directory& to_parent, const std::string& to) {
  return Rename(from_parent, from, to_parent, to, false);
}

Status RenameReplace(const Directory& from_parent, const std::string& from,
                     const Directory& to_parent, const std::string& to) {
  FileInfo target;
  // Windows calls a directory in the way a denial.
  if (InspectName(to_parent, to, &target).ok() && target.kind == Kind::kDirectory)
    return Status(EISDIR, "rename", JoinPath(to_parent.path, to)).In(Phase::kName);
  return Rename(from_parent, from, to_parent, to, true);
}

Status Link(const Directory& from_parent, const std::string& from, const Directory& to_parent,
            const std::string& to) {
  const std::wstring source = FullName(from_parent, from);
  const std::wstring target = FullName(to_parent, to);
  const auto link = [&] { return ::CreateHardLinkW(target.c_str(), source.c_str(), nullptr) != 0; };
  if (Persist(link, false)) return Status();
  return LastError("link", JoinPath(to_parent.path, to)).In(Phase::kName);
}

Status RemoveFile(const Directory& parent, const std::string& name) {
  const std::wstring full = FullName(parent, name);
  const std::string path = JoinPath(parent.path, name);
  const DWORD attributes = ::GetFileAttributesW(full.c_str());
  if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
    return Status(EISDIR, "unlink", path);
  const auto remove = [&] {
    if (::DeleteFileW(full.c_str())) return true;
    if (IsDeletePending()) ::SetLastError(ERROR_FILE_NOT_FOUND);
    return false;
  };
  if (Persist(remove, true)) return Status();
  return LastError("unlink", path);
}

Status MeasureSpace(const Directory& root, Space* out) {
  ULARGE_INTEGER available;
  ULARGE_INTEGER total;
  ULARGE_INTEGER free;
  if (!::GetDiskFreeSpaceExW(FullName(root, "").c_str(), &available, &total, &free))
    return LastError("statvfs", root.path);
  out->total_bytes = static_cast<double>(total.QuadPart);
  out->free_bytes = static_cast<double>(available.QuadPart);
  out->used_bytes = static_cast<double>(total.QuadPart - free.QuadPart);
  return Status();
}

FileSystem Describe(const Directory& directory) {
  FileSystem out;
  wchar_t name[MAX_PATH + 1] = {};
  if (::GetVolumeInformationByHandleW(Native(directory.file), nullptr, 0, nullptr, nullptr, nullptr,
                                      name, MAX_PATH + 1)) {
    out.name = ToUtf8(name);
    for (char& each : out.name)
      if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  }
  FILE_REMOTE_PROTOCOL_INFO remote;
  out.network = ::GetFileInformationByHandleEx(Native(directory.file), FileRemoteProtocolInfo,
                                               &remote, sizeof remote) != 0;
  out.copy_on_write = out.name == "refs";
  return out;
}

}  // namespace holdfast
