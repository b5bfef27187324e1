#include "core/volume.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include "core/stage.h"

namespace holdfast {

namespace {

Status FlushDirectoryAt(const Volume& volume, const std::string& path) {
  Directory directory;
  Status status = OpenDirectory(volume.root, path, &directory);
  return status.ok() ? FlushDirectory(directory) : status;
}

// Shortest forms of code points, surrogates excluded: what JavaScript's text decoder takes.
bool IsUtf8(std::string_view text) {
  constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  for (size_t at = 0; at < text.size();) {
    const auto first = static_cast<uint8_t>(text[at]);
    const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || length > text.size() - at) return false;
    uint32_t code = length == 1 ? first : first & (0x7f >> length);
    for (size_t next = 1; next < length; next++) {
      const auto more = static_cast<uint8_t>(text[at + next]);
      if ((more & 0xc0) != 0x80) return false;
      code = code << 6 | (more & 0x3f);
    }
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    at += length;
  }
  return true;
}

}  // namespace

Status FlushParents(const Volume& volume, const Directory& parent,
                    const std::vector<std::string>& made) {
  Status status = FlushDirectory(parent);
  for (const std::string& each : made) {
    if (!status.ok()) break;
    status = FlushDirectoryAt(volume, ParentOf(each));
  }
  return status;
}

std::string JoinPath(const std::string& directory, std::string_view name) {
  std::string path = directory;
  if (!path.empty()) path += '/';
  return path.append(name);
}

bool IsSafePath(std::string_view path) {
  if (path.empty() || path.find('\0') != path.npos || path.find('\\') != path.npos) return false;
  if (!IsUtf8(path)) return false;
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == ".." || !IsPossibleName(part)) return false;
    start = end + 1;
  }
  return path.back() != '/';
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? std::string() : path.substr(0, slash);
}

std::string NameOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

bool IsAbsent(const Status& status) { return status.Is(ENOENT) || status.Is(ENOTDIR); }

Status Volume::Temporary(bool again, std::shared_ptr<Directory>* out) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (temporary_ == nullptr || again) {
    auto opened = std::make_shared<Directory>();
    std::vector<std::string> made;
    Status status = EnsureDirectory(*this, temporary_directory, opened.get(), &made);
    if (!status.ok()) return status;
    temporary_ = std::move(opened);
  }
  *out = temporary_;
  return Status();
}

Status OpenVolume(const OpenRequest& request, std::shared_ptr<Volume>* out) {
  auto volume = std::make_shared<Volume>();
  volume->ownership.file_mode = request.file_mode;
  volume->ownership.directory_mode = request.directory_mode;
  volume->temporary_directory = ParentOf(request.temporary_path);
  volume->temporary_prefix = NameOf(request.temporary_path);
  Status status =
      OpenRoot(request.directory, request.create, request.directory_mode, &volume->root);
  if (status.ok()) status = InspectOwnership(volume->root, &volume->ownership);
  if (!status.ok()) return status;
  volume->file_system = Describe(volume->root);
  volume->ownership.links_known = !volume->file_system.network;
  if (request.read_only) {
    volume->features.probe_error = EROFS;
  } else {
    status = Probe(*volume);
  }
  if (status.ok()) *out = std::move(volume);
  return status;
}

Status EnsureDirectory(const Volume& volume, const std::string& path, Directory* out,
                       std::vector<std::string>* made) {
  // Repeated because another process may remove a parent that has become empty.
  Status status;
  for (int attempt = 0; attempt < 8; attempt++) {
    status = OpenDirectory(volume.root, path, out);
    if (!status.Is(ENOENT) || path.empty()) return status;
    Directory parent;
    status = EnsureDirectory(volume, ParentOf(path), &parent, made);
    if (!status.ok()) return status;
    status = MakeDirectory(parent, NameOf(path), volume.ownership);
    if (status.ok()) made->push_back(path);
    if (!status.ok() && !status.Is(EEXIST) && !status.Is(ENOENT)) return status;
  }
  return status;
}

void PruneEmpty(const Volume& volume, std::string path) {
  for (; !path.empty() && path != volume.temporary_directory; path = ParentOf(path)) {
    Directory parent;
    if (!OpenDirectory(volume.root, ParentOf(path), &parent).ok()) return;
    if (!RemoveDirectory(parent, NameOf(path)).ok()) return;
  }
}

Status ReadFile(const Volume& volume, const std::string& path, uint64_t offset, uint64_t length,
                Longer longer, ReadResult* out) {
  File file;
  FileInfo info;
  Status status = OpenRead(volume.root, path, &file, &info);
  if (status.Is(ENOENT)) return Status();
  if (!status.ok()) return status;
  out->found = true;
  const uint64_t rest = info.bytes - std::min(offset, info.bytes);
  if (longer == Longer::kRefuse && rest > length)
    return Status(EFBIG, "read", path).In(Phase::kRead);
  out->bytes.resize(static_cast<size_t>(std::min(length, rest)));
  size_t got = 0;
  status = ReadAt(file, path, out->bytes.data(), out->bytes.size(), offset, &got);
  out->bytes.resize(got);
  return status;
}

Status StatFile(const Volume& volume, const std::string& path, bool* found, FileInfo* out) {
  Directory parent;
  Status status = OpenDirectory(volume.root, ParentOf(path), &parent);
  if (status.ok()) {
    status =
        path.empty() ? Inspect(parent.file, path, out) : InspectName(parent, NameOf(path), out);
  }
  *found = status.ok();
  return status.Is(ENOENT) ? Status() : status;
}

Status LookFor(const Directory& parent, const std::string& name, std::optional<FileInfo>* out) {
  FileInfo info;
  Status status = InspectName(parent, name, &info);
  if (status.ok()) *out = info;
  return IsAbsent(status) ? Status() : status;
}

Status ListFiles(const Volume& volume, const std::string& path, bool* found,
                 std::vector<Entry>* out) {
  Directory directory;
  Status status = OpenDirectory(volume.root, path, &directory);
  *found = status.ok();
  if (status.Is(ENOENT)) return Status();
  return status.ok() ? ListDirectory(directory, out) : status;
}

Status WriteFile(Volume& volume, const std::string& path, const Bytes& bytes, bool replace,
                 bool flush) {
  Directory parent;
  std::vector<std::string> made;
  Status status = EnsureDirectory(volume, ParentOf(path), &parent, &made);
  Staged staged;
  // Bytes before name, name before directory: no order of writes may show a file without its bytes.
  // What is flushed has a name by then: btrfs logs nothing of a file that has none, and after a
  // loss of power the name that it got later would stand for an empty file.
  const bool unnamed = !replace && !flush;
  if (status.ok()) status = staged.Write(volume, parent, bytes.data(), bytes.size(), unnamed, path);
  if (status.ok() && flush) status = staged.Flush(path);
  if (status.ok()) {
    status = replace ? staged.PublishReplacing(parent, NameOf(path))
                     : staged.PublishNew(parent, NameOf(path));
  }
  if (status.ok() && flush) status = FlushParents(volume, parent, made);
  return status;
}

Status RenameFile(Volume& volume, const std::string& from, const std::string& to, bool replace) {
  Directory source;
  FileInfo info;
  Status status = OpenDirectory(volume.root, ParentOf(from), &source);
  if (status.ok()) status = InspectName(source, NameOf(from), &info);
  if (status.ok() && info.kind == Kind::kDirectory)
    status = Status(EISDIR, "rename", from).In(Phase::kName);
  Directory target;
  std::vector<std::string> made;
  if (status.ok()) status = EnsureDirectory(volume, ParentOf(to), &target, &made);
  if (!status.ok()) return status;
  return replace ? RenameReplace(source, NameOf(from), target, NameOf(to))
                 : MoveNew(source, NameOf(from), target, NameOf(to));
}

Status RemovePath(const Volume& volume, const std::string& path, bool directory, bool* removed) {
  Directory parent;
  Status status = OpenDirectory(volume.root, ParentOf(path), &parent);
  if (status.ok()) {
    status = directory ? RemoveDirectory(parent, NameOf(path)) : RemoveFile(parent, NameOf(path));
  }
  *removed = status.ok();
  const bool expected = status.Is(ENOENT) || (directory && status.Is(ENOTEMPTY));
  return expected ? Status() : status;
}

Status FlushMany(const Volume& volume, const std::vector<std::string>& files,
                 const std::vector<std::string>& directories) {
  for (const std::string& path : files) {
    File file;
    FileInfo info;
    Status status = OpenForFlush(volume.root, path, &file, &info);
    if (IsAbsent(status)) continue;
    if (status.ok()) status = FlushFile(file, path);
    if (!status.ok()) return status;
  }
  for (const std::string& path : directories) {
    Status status = FlushDirectoryAt(volume, path);
    if (!status.ok() && !IsAbsent(status)) return status;
  }
  return Status();
}

}  // namespace holdfast
