// Journal segments: their blocks are there, and written, before the first frame comes.
#include <algorithm>

#include "core/stage.h"
#include "core/volume.h"

namespace holdfast {

namespace {

constexpr size_t kZeroBytes = size_t{1} << 20;

// Half a segment is worse than none.
class RemovedUnlessWhole {
 public:
  RemovedUnlessWhole(const Directory& parent, const std::string& name)
      : parent_(parent), name_(name) {}
  ~RemovedUnlessWhole() {
    if (!whole_) Discard(parent_, name_);
  }
  RemovedUnlessWhole(const RemovedUnlessWhole&) = delete;
  RemovedUnlessWhole& operator=(const RemovedUnlessWhole&) = delete;
  void Whole() { whole_ = true; }

 private:
  const Directory& parent_;
  const std::string& name_;
  bool whole_ = false;
};

Status FillWithZeros(const File& file, const std::string& path, uint64_t bytes) {
  const Bytes zeros(std::min<uint64_t>(kZeroBytes, bytes));
  for (uint64_t done = 0; done < bytes;) {
    const size_t step = static_cast<size_t>(std::min<uint64_t>(zeros.size(), bytes - done));
    if (Status status = WriteAt(file, path, zeros.data(), step, done); !status.ok()) return status;
    done += step;
  }
  return Status();
}

}  // namespace

Status CreateSegment(Volume& volume, const std::string& path, uint64_t bytes) {
  Directory parent;
  std::vector<std::string> made;
  Status status = EnsureDirectory(volume, ParentOf(path), &parent, &made);
  File file;
  if (!status.ok()) return status;
  const std::string name = NameOf(path);
  status = CreateNamed(parent, name, volume.ownership, &file);
  if (!status.ok() && !file.is_open()) return status;
  RemovedUnlessWhole segment(parent, name);
  // A file system that writes elsewhere on every change gains nothing from blocks that are there
  // already.
  const bool fill = !volume.file_system.copy_on_write;
  if (status.ok() && fill) status = Reserve(file, path, bytes);
  if (status.ok()) status = fill ? FillWithZeros(file, path, bytes) : Resize(file, path, bytes);
  if (status.ok()) status = FlushFile(file, path);
  if (status.ok()) status = FlushParents(volume, parent, made);
  if (status.ok()) segment.Whole();
  return status;
}

Status StartSegment(Volume& volume, const std::string& spare_path, const std::string& path,
                    const Bytes& header) {
  Directory source;
  Status status = OpenDirectory(volume.root, ParentOf(spare_path), &source);
  Directory target;
  std::vector<std::string> made;
  if (status.ok()) status = EnsureDirectory(volume, ParentOf(path), &target, &made);
  File file;
  FileInfo info;
  if (status.ok()) status = OpenUpdate(volume.root, spare_path, volume.ownership, &file, &info);
  if (status.ok()) status = WriteAt(file, spare_path, header.data(), header.size(), 0);
  // The header before the name that makes it count.
  if (status.ok()) status = FlushFile(file, spare_path);
  if (status.ok()) status = MoveNew(source, NameOf(spare_path), target, NameOf(path));
  if (status.ok()) status = FlushParents(volume, target, made);
  if (status.ok() && source.path != target.path) status = FlushDirectory(source);
  return status;
}

}  // namespace holdfast
