#include <cerrno>

#include "core/stage.h"
#include "core/volume.h"

namespace holdfast {

namespace {

// Says something about this process, and nothing about the file system.
bool IsOutOfMeans(const Status& status) {
  return status.Is(EMFILE) || status.Is(ENFILE) || status.Is(ENOMEM);
}

// Names of one probe, all removed at its end.
class Trial {
 public:
  Trial(const Volume& volume, const Directory& directory)
      : volume_(volume), directory_(directory), stem_(volume.temporary_prefix + TemporaryToken()) {
    for (const char* each : {"-a", "-A", "-b", "-c"}) names_.push_back(Name(each));
  }
  ~Trial() {
    for (const std::string& each : names_) Discard(directory_, each);
  }

  std::string Name(const char* suffix) const { return stem_ + suffix; }

  Status Create(const char* suffix, File* out) const {
    return CreateNamed(directory_, Name(suffix), volume_.ownership, out);
  }

  // The first failure for lack of descriptors or memory: what was found out is then worth nothing.
  const Status& failure() const { return failure_; }

  bool CanNameUnnamed() {
    File file;
    return Works(CreateUnnamed(directory_, volume_.ownership, &file)) &&
           NameUnnamed(file, directory_, Name("-b")).ok() &&
           NameUnnamed(file, directory_, Name("-b")).Is(EEXIST) &&
           RemoveFile(directory_, Name("-b")).ok();
  }

  // Renames "-a" to "-b", refuses "-b" to "-c" that is taken, and back.
  bool CanRenameNoReplace() {
    File other;
    return RenameNoReplace(directory_, Name("-a"), directory_, Name("-b")).ok() &&
           Works(Create("-c", &other)) &&
           RenameNoReplace(directory_, Name("-b"), directory_, Name("-c")).Is(EEXIST) &&
           RenameNoReplace(directory_, Name("-b"), directory_, Name("-a")).ok();
  }

  bool CanLink() const { return Link(directory_, Name("-a"), directory_, Name("-b")).ok(); }

  // Two opens of one file must shut each other out.
  bool CanLock(const File& first) {
    File second;
    if (!Works(OpenLockFile(directory_, Name("-a"), volume_.ownership, &second))) return false;
    return TryLock(first, "", LockKind::kExclusive).ok() &&
           TryLock(second, "", LockKind::kExclusive).Is(EAGAIN) && Unlock(first, "").ok() &&
           TryLock(second, "", LockKind::kExclusive).ok();
  }

  // Counts as no when only a name in the other case is found: a disk that fails to answer is not
  // one that folds case, and a store must not be made for it.
  Status FindCaseSensitivity(bool* out) const {
    *out = false;
    // With iocharset=utf8 vfat does not find a name in another case, and yet refuses to create some
    // of them.
    if (volume_.file_system.name == "vfat") return Status();
    FileInfo info;
    const Status status = InspectName(directory_, Name("-A"), &info);
    *out = !status.ok();
    return status.Is(ENOENT) ? Status() : status;
  }

  bool CanReadHot() const {
    File file;
    uint64_t bytes = 0;
    // An empty answer suffices: it shows that the calls exist. A busy machine may refuse one.
    const std::string path = JoinPath(directory_.path, Name("-a"));
    for (int attempt = 0; attempt < 8; attempt++) {
      char byte;
      if (!OpenHot(volume_.root, path.c_str(), &file, &bytes)) continue;
      if (ReadHot(file, &byte, static_cast<size_t>(bytes))) return true;
    }
    return false;
  }

 private:
  bool Works(Status status) {
    const bool works = status.ok();
    if (failure_.ok() && IsOutOfMeans(status)) failure_ = std::move(status);
    return works;
  }

  const Volume& volume_;
  const Directory& directory_;
  Status failure_;
  std::string stem_;
  std::vector<std::string> names_;
};

}  // namespace

Status Probe(Volume& volume) {
  Features& features = volume.features;
  std::shared_ptr<Directory> directory;
  Status status = volume.Temporary(false, &directory);
  if (IsOutOfMeans(status)) return status;
  if (!status.ok()) {
    features.probe_error = status.error;
    return Status();
  }
  Trial trial(volume, *directory);
  File file;
  status = trial.Create("-a", &file);
  if (IsOutOfMeans(status)) return status;
  if (!status.ok()) {
    features.probe_error = status.error;
    return Status();
  }
  features.unnamed_files = trial.CanNameUnnamed();
  features.locks = trial.CanLock(file);
  status = trial.FindCaseSensitivity(&features.case_sensitive);
  if (!status.ok()) features.probe_error = status.error;
  features.hot_read = trial.CanReadHot();
  if (features.unnamed_files) return trial.failure();
  if (trial.CanRenameNoReplace()) {
    features.publish = Publish::kRenameNoReplace;
  } else {
    features.publish = Publish::kLink;
    features.can_publish = trial.CanLink();
  }
  return trial.failure();
}

}  // namespace holdfast
