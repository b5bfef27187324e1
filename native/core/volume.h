// A directory and what can be done in it: operations of several system calls each, all on one
// thread.
#ifndef HOLDFAST_VOLUME_H_
#define HOLDFAST_VOLUME_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/platform.h"

namespace holdfast {

using Bytes = std::vector<uint8_t>;

enum class Publish { kLinkat, kRenameNoReplace, kLink };

// What the file system was found to do.
struct Features {
  int probe_error = 0;  // the probe could not write; the rest is then assumed
  bool unnamed_files = true;
  Publish publish = Publish::kLinkat;
  bool can_publish = true;
  bool locks = true;
  bool hot_read = true;
  bool case_sensitive = true;
};

struct Volume {
  Directory root;
  Ownership ownership;
  std::string temporary_directory;  // such as ".tmp"
  std::string temporary_prefix;     // of the names in it
  FileSystem file_system;
  Features features;

  // The temporary directory, made when missing. `again`: the one handed out before has been
  // removed.
  Status Temporary(bool again, std::shared_ptr<Directory>* out);

 private:
  std::mutex mutex_;
  std::shared_ptr<Directory> temporary_;
};

struct OpenRequest {
  std::string directory;
  bool create;
  uint32_t file_mode;
  uint32_t directory_mode;
  std::string temporary_path;  // directory and prefix of temporary names
  bool read_only;              // nothing is tried out: that would write
};

Status OpenVolume(const OpenRequest& request, std::shared_ptr<Volume>* out);
// Tries things out in the temporary directory and cleans up. Fails when this process has no means
// to, such as descriptors: an answer would be a guess.
Status Probe(Volume& volume);

bool IsSafePath(std::string_view path);
std::string ParentOf(const std::string& path);
std::string NameOf(const std::string& path);
// ENOENT, or ENOTDIR because a file is where a directory would be.
bool IsAbsent(const Status& status);

// Opens a directory and makes what is missing of it. The paths made are appended to `made`.
Status EnsureDirectory(const Volume& volume, const std::string& path, Directory* out,
                       std::vector<std::string>* made);
// Removes `path` and its parents as long as they are empty; never the volume or its temporary
// directory.
void PruneEmpty(const Volume& volume, std::string path);

struct ReadResult {
  bool found = false;
  Bytes bytes;
};
// What becomes of a file with more than `length` bytes after `offset`.
enum class Longer { kCut, kRefuse };

// Never more than `length` bytes: EFBIG, before any memory is taken, for a longer file that is to
// be refused.
Status ReadFile(const Volume& volume, const std::string& path, uint64_t offset, uint64_t length,
                Longer longer, ReadResult* out);
Status StatFile(const Volume& volume, const std::string& path, bool* found, FileInfo* out);
// What is under a name beneath an open directory; nothing for what is absent.
Status LookFor(const Directory& parent, const std::string& name, std::optional<FileInfo>* out);
Status ListFiles(const Volume& volume, const std::string& path, bool* found,
                 std::vector<Entry>* out);
Status WriteFile(Volume& volume, const std::string& path, const Bytes& bytes, bool replace,
                 bool flush);
Status RenameFile(Volume& volume, const std::string& from, const std::string& to, bool replace);
Status RemovePath(const Volume& volume, const std::string& path, bool directory, bool* removed);
Status FlushMany(const Volume& volume, const std::vector<std::string>& files,
                 const std::vector<std::string>& directories);
// Flushes the directory of a new name, and the parents of directories that were made for it.
Status FlushParents(const Volume& volume, const Directory& parent,
                    const std::vector<std::string>& made);
Status CreateSegment(Volume& volume, const std::string& path, uint64_t bytes);
// Writes the header of a spare segment and gives it its name in the journal, each flushed.
Status StartSegment(Volume& volume, const std::string& spare_path, const std::string& path,
                    const Bytes& header);

}  // namespace holdfast

#endif  // HOLDFAST_VOLUME_H_
