// Blocking primitives of the operating system. Nothing here knows Node, commits or documents.
//
// Names beneath a volume are UTF-8, '/'-separated and relative; no symbolic link in them is
// followed. Implemented by posix*.cc with linux.cc or darwin.cc, or by windows*.cc.
#ifndef HOLDFAST_PLATFORM_H_
#define HOLDFAST_PLATFORM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/status.h"

namespace holdfast {

// An owned descriptor (a HANDLE on Windows). Closed once; what close says is not asked, flushes say
// it earlier.
class File {
 public:
  File() = default;
  explicit File(intptr_t descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    if (this != &other) {
      Close();
      descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
  }
  ~File() { Close(); }

  bool is_open() const { return descriptor_ != -1; }
  intptr_t descriptor() const { return descriptor_; }
  void Close();
  // Another closes it from now on.
  intptr_t Release() { return std::exchange(descriptor_, -1); }

 private:
  intptr_t descriptor_ = -1;
};

// An open directory. `path` is its name in the volume ("" is the volume), `full` its absolute name.
struct Directory {
  File file;
  std::string path;
  std::string full;
};

enum class Kind { kFile, kDirectory, kOther };

struct FileInfo {
  Kind kind = Kind::kOther;
  uint64_t bytes = 0;
  double modified_ms = 0;
  // When the file itself, its attributes or, of a directory, its entries last changed: a time that
  // no program can set. Nanoseconds since 1970.
  uint64_t changed_ns = 0;
  uint32_t links = 0;
  uint32_t mode = 0;
  uint32_t user = 0;
  uint32_t group = 0;
  uint64_t device = 0;
  uint64_t inode = 0;

  bool SameFile(const FileInfo& other) const {
    return device == other.device && inode == other.inode;
  }
};

struct Entry {
  std::string name;
  FileInfo info;
};

struct Space {
  double total_bytes = 0;
  double free_bytes = 0;
  // Without the blocks that are kept for the administrator: those are neither used nor free.
  double used_bytes = 0;
  double total_inodes = 0;
  double free_inodes = 0;
};

struct FileSystem {
  std::string name = "unknown";
  bool network = false;
  bool copy_on_write = false;
  bool memory = false;
};

// What new files and directories of a volume are given, whatever umask and groups this process has,
// and whose files it may write in place.
struct Ownership {
  static constexpr uint32_t kAsMade = UINT32_MAX;

  uint32_t file_mode = 0600;
  uint32_t directory_mode = 0700;
  uint32_t user = kAsMade;   // set where the superuser works in another user's store
  uint32_t group = kAsMade;  // set where the volume hands its group on (setgid), or `user` is set
  bool handed_on = false;    // the volume is setgid: so is every directory in it
  uint32_t volume_user = 0;
  bool links_known = true;  // false where a file system answers with the link count of a while ago
  bool shared = false;      // others may write to the volume: files of any user are its own
};

enum class LockKind { kShared, kExclusive };

std::string JoinPath(const std::string& directory, std::string_view name);
// False for one part of a path that this system takes for something else: a device, a stream, the
// same name without its last dot.
bool IsPossibleName(std::string_view name);

// --- directories
// -----------------------------------------------------------------------------------------------
// Opens an absolute directory; with `create`, made with its parents when missing. Symbolic links in
// it are the caller's choice.
Status OpenRoot(const std::string& directory, bool create, uint32_t mode, Directory* out);
// Opens `path` beneath `root`; ENOENT when it is missing.
Status OpenDirectory(const Directory& root, const std::string& path, Directory* out);
Status MakeDirectory(const Directory& parent, const std::string& name, const Ownership& ownership);
// What the volume's directory says of the rest of `ownership`, whose modes are set.
Status InspectOwnership(const Directory& root, Ownership* ownership);
// ENOTEMPTY when it is not empty (whatever this system calls it).
Status RemoveDirectory(const Directory& parent, const std::string& name);
Status ListDirectory(const Directory& directory, std::vector<Entry>* out);
// EACCES when names in it cannot be made or removed by this process.
Status CheckWritable(const Directory& directory);
// True when the directory has been removed since it was opened.
bool WasRemoved(const Directory& directory);

// --- files
// -----------------------------------------------------------------------------------------------------
// Opens a regular file for reading; EISDIR, ELOOP or EINVAL for what is none. Never waits for a
// FIFO's writer.
Status OpenRead(const Directory& root, const std::string& path, File* out, FileInfo* info);
// Opens a regular file to write it in place. EMLINK for one with a second name, through which
// another file would be written; EPERM from fstat for one that belongs to another user.
Status OpenUpdate(const Directory& root, const std::string& path, const Ownership& ownership,
                  File* out, FileInfo* info);
// Opens a regular file so that it can be flushed.
Status OpenForFlush(const Directory& root, const std::string& path, File* out, FileInfo* info);
// Opens for a lock, made when missing; refuses what OpenUpdate refuses.
Status OpenLockFile(const Directory& parent, const std::string& name, const Ownership& ownership,
                    File* out);
// Makes a new file; EEXIST when the name is taken.
Status CreateNamed(const Directory& parent, const std::string& name, const Ownership& ownership,
                   File* out);
// Makes a file without a name; ENOTSUP where there is no such thing.
Status CreateUnnamed(const Directory& parent, const Ownership& ownership, File* out);
Status Inspect(const File& file, const std::string& path, FileInfo* out);
Status InspectName(const Directory& parent, const std::string& name, FileInfo* out);
Status ReadAt(const File& file, const std::string& path, void* bytes, size_t length,
              uint64_t offset, size_t* got);
Status WriteAt(const File& file, const std::string& path, const void* bytes, size_t length,
               uint64_t offset);
Status Resize(const File& file, const std::string& path, uint64_t bytes);
// Reserves space; success where the file system cannot.
Status Reserve(const File& file, const std::string& path, uint64_t bytes);

// A file in the page cache, read without ever waiting for the disk; false at the least doubt.
bool OpenHot(const Directory& root, const char* path, File* out, uint64_t* bytes);
bool ReadHot(const File& file, void* bytes, size_t length);

// --- names
// -----------------------------------------------------------------------------------------------------
// None of the first three replaces what is there: EEXIST.
Status NameUnnamed(const File& file, const Directory& parent, const std::string& name);
Status RenameNoReplace(const Directory& from_parent, const std::string& from,
                       const Directory& to_parent, const std::string& to);
Status Link(const Directory& from_parent, const std::string& from, const Directory& to_parent,
            const std::string& to);
Status RenameReplace(const Directory& from_parent, const std::string& from,
                     const Directory& to_parent, const std::string& to);
Status RemoveFile(const Directory& parent, const std::string& name);

// --- flushes: the strongest the system has; never to be repeated after a failure
// ----------------------------------- The bytes of a file whose size has not changed.
Status FlushData(const File& file, const std::string& path);
Status FlushFile(const File& file, const std::string& path);
Status FlushDirectory(const Directory& directory);
// The directories above `root`, nearest first, as far as they are of its file system.
Status FlushAncestors(const Directory& root);
Status FlushFileSystem(const Directory& root);

// --- locks, the shared page, facts
// --------------------------------------------------------------------------------- EAGAIN when
// another holds it. On a descriptor that holds one already: changes its kind.
Status TryLock(const File& file, const std::string& path, LockKind kind);
Status Downgrade(const File& file, const std::string& path);
Status Unlock(const File& file, const std::string& path);

// False where a file cannot be removed while it is mapped, and no other memory can take a mapping's
// place without a gap: the mapping is not lent to JavaScript.
bool CanReplaceMappings();
// What is removed while it is open may keep its name until it is closed.
bool DoRemovedNamesStay();
// A file that is cut does not end the process: memory of its own, with the bytes `when_lost`,
// then takes the mapping's place.
Status MapShared(const File& file, const std::string& path, size_t bytes, const void* when_lost,
                 void** out);
bool WasLost(const void* memory);
// Nothing of the file is mapped any more, and the memory stays readable until Unmap. Only where
// mappings can be replaced.
void LetGo(void* memory, size_t bytes);
void Unmap(void* memory, size_t bytes);

Status MeasureSpace(const Directory& root, Space* out);
FileSystem Describe(const Directory& directory);
uint64_t ProcessId();
uint64_t ThreadId();
// Differs from call to call, process to process and machine to machine. Takes no descriptor: there
// may be none.
uint64_t RandomSeed();
// Keeps this library's code in memory: pool threads outlive the environment that loaded it.
void PinModule();
// Signals are for the program's own threads.
void BlockSignals();

}  // namespace holdfast

#endif  // HOLDFAST_PLATFORM_H_
