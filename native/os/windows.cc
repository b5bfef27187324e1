#include <algorithm>
#include <random>

#include "os/windows_api.h"

namespace holdfast {

namespace {

constexpr DWORD kTransferBytesMax = 1u << 30;
constexpr uint64_t kUnixEpochIn100ns = 116444736000000000;

uint64_t Join(DWORD high, DWORD low) { return (static_cast<uint64_t>(high) << 32) | low; }

OVERLAPPED At(uint64_t offset) {
  OVERLAPPED place{};
  place.Offset = static_cast<DWORD>(offset);
  place.OffsetHigh = static_cast<DWORD>(offset >> 32);
  return place;
}

Status OpenRegular(const Directory& root, const std::string& path, DWORD access, File* out,
                   FileInfo* info) {
  Status status = RefuseLinks(root, path, true);
  File file;
  if (status.ok()) status = OpenHandle(FullName(root, path), access, OPEN_EXISTING, path, &file);
  if (status.ok()) status = Inspect(file, path, info);
  if (!status.ok()) return status;
  if (info->kind == Kind::kDirectory) return Status(EISDIR, "open", path);
  if (info->kind != Kind::kFile) return Status(EINVAL, "open", path);
  *out = std::move(file);
  return Status();
}

// Somewhere that no file reaches: a locked range is closed to the reads and writes of others.
constexpr uint64_t kLockOffset = uint64_t{1} << 62;

Status FlushTree(const Directory& root, const std::string& path) {
  Directory directory;
  std::vector<Entry> entries;
  Status status = OpenDirectory(root, path, &directory);
  if (status.ok()) status = ListDirectory(directory, &entries);
  for (const Entry& each : entries) {
    if (!status.ok()) break;
    const std::string name = JoinPath(path, each.name);
    if (each.info.kind == Kind::kDirectory) {
      status = FlushTree(root, name);
    } else if (each.info.kind == Kind::kFile) {
      File file;
      FileInfo info;
      status = OpenForFlush(root, name, &file, &info);
      if (status.ok()) status = FlushFile(file, name);
    }
    if (status.Is(ENOENT)) status = Status();  // removed meanwhile
  }
  return status;
}

}  // namespace

void File::Close() {
  if (descriptor_ != -1) ::CloseHandle(reinterpret_cast<HANDLE>(std::exchange(descriptor_, -1)));
}

Status OpenHandle(const std::wstring& name, DWORD access, DWORD disposition,
                  const std::string& path, File* out) {
  constexpr DWORD kFlags =
      FILE_ATTRIBUTE_NORMAL | FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;
  HANDLE handle = INVALID_HANDLE_VALUE;
  const bool opened = Persist(
      [&] {
        handle =
            ::CreateFileW(name.c_str(), access, kShareAll, nullptr, disposition, kFlags, nullptr);
        if (handle != INVALID_HANDLE_VALUE) return true;
        // Not there any more for those who look; in the way for those who want the name.
        const bool look = disposition == OPEN_EXISTING;
        if (look && IsDeletePending()) ::SetLastError(ERROR_FILE_NOT_FOUND);
        return false;
      },
      false);
  if (!opened) return LastError(disposition == CREATE_NEW ? "create" : "open", path);
  *out = Own(handle);
  return Status();
}

Status OpenRead(const Directory& root, const std::string& path, File* out, FileInfo* info) {
  return OpenRegular(root, path, GENERIC_READ, out, info);
}

// Whose a file is, access control lists say here.
Status OpenUpdate(const Directory& root, const std::string& path, const Ownership&, File* out,
                  FileInfo* info) {
  Status status = OpenRegular(root, path, GENERIC_READ | GENERIC_WRITE, out, info);
  if (!status.ok() || info->links <= 1) return status;
  out->Close();
  return Status(EMLINK, "open", path).In(Phase::kInspect);
}

Status OpenForFlush(const Directory& root, const std::string& path, File* out, FileInfo* info) {
  // FlushFileBuffers wants a handle that may write.
  return OpenRegular(root, path, GENERIC_READ | GENERIC_WRITE, out, info);
}

Status OpenLockFile(const Directory& parent, const std::string& name, const Ownership&, File* out) {
  const std::string path = JoinPath(parent.path, name);
  Status status =
      OpenHandle(FullName(parent, name), GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS, path, out);
  FileInfo info;
  if (status.ok()) status = Inspect(*out, path, &info);
  if (!status.ok()) return status;
  if (info.kind != Kind::kFile) return Status(EINVAL, "open", path);
  return info.links > 1 ? Status(EMLINK, "open", path).In(Phase::kInspect) : Status();
}

Status CreateNamed(const Directory& parent, const std::string& name, const Ownership&, File* out) {
  return OpenHandle(FullName(parent, name), GENERIC_READ | GENERIC_WRITE, CREATE_NEW,
                    JoinPath(parent.path, name), out);
}

Status CreateUnnamed(const Directory& parent, const Ownership&, File*) {
  return Status(ENOTSUP, "create", parent.path);
}

Status Inspect(const File& file, const std::string& path, FileInfo* out) {
  BY_HANDLE_FILE_INFORMATION info;
  if (!::GetFileInformationByHandle(Native(file), &info)) return LastError("fstat", path);
  const bool link = (info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
  const bool directory = (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  out->kind = link ? Kind::kOther : directory ? Kind::kDirectory : Kind::kFile;
  out->bytes = Join(info.nFileSizeHigh, info.nFileSizeLow);
  const uint64_t ticks =
      Join(info.ftLastWriteTime.dwHighDateTime, info.ftLastWriteTime.dwLowDateTime);
  out->modified_ms = static_cast<double>(ticks - kUnixEpochIn100ns) / 1e4;
  FILE_BASIC_INFO basic;
  if (!::GetFileInformationByHandleEx(Native(file), FileBasicInfo, &basic, sizeof basic))
    return LastError("fstat", path);
  const uint64_t changed = static_cast<uint64_t>(basic.ChangeTime.QuadPart);
  out->changed_ns = changed > kUnixEpochIn100ns ? (changed - kUnixEpochIn100ns) * 100 : 0;
  out->links = info.nNumberOfLinks;
  const bool read_only = (info.dwFileAttributes & FILE_ATTRIBUTE_READONLY) != 0;
  out->mode = read_only ? 0444 : 0666;
  out->user = 0;
  out->device = info.dwVolumeSerialNumber;
  out->inode = Join(info.nFileIndexHigh, info.nFileIndexLow);
  return Status();
}

Status InspectName(const Directory& parent, const std::string& name, FileInfo* out) {
  const std::string path = JoinPath(parent.path, name);
  File file;
  Status status = OpenHandle(FullName(parent, name), 0, OPEN_EXISTING, path, &file);
  if (!status.ok()) return Status(status.error, "stat", path);
  return Inspect(file, path, out);
}

Status ReadAt(const File& file, const std::string& path, void* bytes, size_t length,
              uint64_t offset, size_t* got) {
  *got = 0;
  while (*got < length) {
    OVERLAPPED place = At(offset + *got);
    const DWORD step = static_cast<DWORD>(std::min<size_t>(length - *got, kTransferBytesMax));
    DWORD count = 0;
    if (!::ReadFile(Native(file), static_cast<char*>(bytes) + *got, step, &count, &place)) {
      if (::GetLastError() == ERROR_HANDLE_EOF) break;
      return LastError("pread", path).In(Phase::kRead);
    }
    if (count == 0) break;
    *got += count;
  }
  return Status();
}

Status WriteAt(const File& file, const std::string& path, const void* bytes, size_t length,
               uint64_t offset) {
  for (size_t done = 0; done < length;) {
    OVERLAPPED place = At(offset + done);
    const DWORD step = static_cast<DWORD>(std::min<size_t>(length - done, kTransferBytesMax));
    DWORD count = 0;
    if (!::WriteFile(Native(file), static_cast<const char*>(bytes) + done, step, &count, &place))
      return LastError("pwrite", path);
    if (count == 0) return Status(EIO, "pwrite", path);
    done += count;
  }
  return Status();
}

Status Resize(const File& file, const std::string& path, uint64_t bytes) {
  FILE_END_OF_FILE_INFO end;
  end.EndOfFile.QuadPart = static_cast<LONGLONG>(bytes);
  if (::SetFileInformationByHandle(Native(file), FileEndOfFileInfo, &end, sizeof end))
    return Status();
  return LastError("ftruncate", path);
}

Status Reserve(const File& file, const std::string& path, uint64_t bytes) {
  FILE_ALLOCATION_INFO room;
  room.AllocationSize.QuadPart = static_cast<LONGLONG>(bytes);
  if (::SetFileInformationByHandle(Native(file), FileAllocationInfo, &room, sizeof room))
    return Status();
  const Status status = LastError("fallocate", path);
  return status.Is(ENOTSUP) ? Status() : status;
}

// There is no way to ask the page cache alone: the pool reads.
bool OpenHot(const Directory&, const char*, File*, uint64_t*) { return false; }
bool ReadHot(const File&, void*, size_t) { return false; }

Status FlushData(const File& file, const std::string& path) {
  if (::FlushFileBuffers(Native(file))) return Status();
  return LastError("fdatasync", path).In(Phase::kFlush);
}

Status FlushFile(const File& file, const std::string& path) {
  if (::FlushFileBuffers(Native(file))) return Status();
  return LastError("fsync", path).In(Phase::kFlush);
}

// Directories cannot be flushed here: the journal keeps new names until the file system has written
// its own log.
Status FlushDirectory(const Directory&) { return Status(); }
Status FlushAncestors(const Directory&) { return Status(); }

// Flushing a volume needs an administrator: every file of the store is flushed by itself.
Status FlushFileSystem(const Directory& root) { return FlushTree(root, ""); }

Status TryLock(const File& file, const std::string& path, LockKind kind) {
  OVERLAPPED place = At(kLockOffset);
  const DWORD exclusive = kind == LockKind::kExclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0;
  if (::LockFileEx(Native(file), LOCKFILE_FAIL_IMMEDIATELY | exclusive, 0, 1, 0, &place))
    return Status();
  const DWORD error = ::GetLastError();
  const bool taken = error == ERROR_LOCK_VIOLATION || error == ERROR_IO_PENDING;
  return Status(taken ? EAGAIN : ToErrno(error), "flock", path).In(Phase::kLock);
}

Status Downgrade(const File& file, const std::string& path) {
  // A handle may hold both kinds on one range; the first unlock lets go of the exclusive one. So
  // there is no gap.
  Status status = TryLock(file, path, LockKind::kShared);
  return status.ok() ? Unlock(file, path) : status;
}

Status Unlock(const File& file, const std::string& path) {
  OVERLAPPED place = At(kLockOffset);
  if (::UnlockFileEx(Native(file), 0, 1, 0, &place)) return Status();
  return LastError("flock", path).In(Phase::kLock);
}

Status MapShared(const File& file, const std::string& path, size_t bytes, const void*, void** out) {
  const HANDLE mapping = ::CreateFileMappingW(Native(file), nullptr, PAGE_READWRITE, 0,
                                              static_cast<DWORD>(bytes), nullptr);
  if (mapping == nullptr) return LastError("mmap", path);
  void* memory = ::MapViewOfFile(mapping, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, bytes);
  const Status status = memory == nullptr ? LastError("mmap", path) : Status();
  ::CloseHandle(mapping);  // the view keeps it
  *out = memory;
  return status;
}

// A file that is mapped cannot be cut here.
bool WasLost(const void*) { return false; }
void LetGo(void*, size_t) {}
void Unmap(void* memory, size_t) { ::UnmapViewOfFile(memory); }

uint64_t ProcessId() { return ::GetCurrentProcessId(); }
uint64_t ThreadId() { return ::GetCurrentThreadId(); }

uint64_t RandomSeed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) ^ device();
}

void PinModule() {
  HMODULE module = nullptr;
  ::GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                       reinterpret_cast<const wchar_t*>(&PinModule), &module);
}

void BlockSignals() {}

}  // namespace holdfast
