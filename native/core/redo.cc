// Recovery: the files are made to be what the journal says, by new inodes. Nothing is compared
// through the page cache, which may hold bytes that a failed writeback has lost.
#include <cerrno>
#include <set>

#include "core/commit.h"

namespace holdfast {

namespace {

class Redoing {
 public:
  Redoing(Volume& volume, bool flush) : volume_(volume), flush_(flush) {}

  Status Apply(const Operation& operation) {
    if (operation.external) return Status();
    touched_.insert(ParentOf(operation.path));
    return operation.kind == OperationKind::kRemove ? Remove(operation.path) : Write(operation);
  }

  Status FlushDirectories() {
    if (!flush_) return Status();
    std::set<std::string> present;
    for (std::string path : touched_) {
      // Where a directory has been removed, its parent is what changed.
      Directory directory;
      while (!path.empty() && IsAbsent(OpenDirectory(volume_.root, path, &directory)))
        path = ParentOf(path);
      present.insert(path);
    }
    return FlushMany(volume_, {}, {present.begin(), present.end()});
  }

 private:
  Status Write(const Operation& operation) {
    Directory parent;
    std::vector<std::string> made;
    Status status = EnsureDirectory(volume_, ParentOf(operation.path), &parent, &made);
    for (const std::string& each : made) touched_.insert(ParentOf(each));
    Staged staged;
    if (status.ok())
      status =
          staged.Write(volume_, parent, operation.content, operation.bytes, false, operation.path);
    if (status.ok() && flush_) status = staged.Flush(operation.path);
    return status.ok() ? staged.PublishReplacing(parent, NameOf(operation.path)) : status;
  }

  Status Remove(const std::string& path) {
    bool removed = false;
    Status status = RemovePath(volume_, path, false, &removed);
    if (status.ok()) PruneEmpty(volume_, ParentOf(path));
    return status;
  }

  Volume& volume_;
  bool flush_;
  std::set<std::string> touched_;
};

}  // namespace

Status Committer::Redo(const Bytes& records, bool flush) {
  std::vector<Transaction> transactions;
  if (!ParseRecords(records.data(), records.size(), Checks::kRefuse, &transactions))
    return Status(EINVAL, "records", "");
  Redoing redoing(*volume_, flush);
  for (const Transaction& transaction : transactions) {
    for (const Operation& operation : transaction.operations)
      if (Status status = redoing.Apply(operation); !status.ok()) return status;
  }
  return redoing.FlushDirectories();
}

}  // namespace holdfast
