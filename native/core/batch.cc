#include "core/batch.h"

#include <cerrno>
#include <cstring>

namespace holdfast {

namespace {

// A batch of more files stages them by name.
constexpr size_t kUnnamedMax = 64;

// Whether the operation gives a file a name.
bool Writes(const Operation& operation) {
  return operation.kind == OperationKind::kCreate || operation.kind == OperationKind::kReplace;
}

Missing ForMissing(const Operation& operation) {
  return Writes(operation) ? Missing::kMake : Missing::kRefuse;
}

// A condition of the operation does not hold.
Status Unmet(int error, const Operation& operation) {
  const char* const names[] = {"create", "replace", "remove", "check"};
  const size_t at = static_cast<size_t>(operation.kind) - 1;
  return Status(error, names[at], operation.path).In(Phase::kCheck);
}

// What a missing parent directory means for an operation that does not make it.
Status WithoutParent(const Operation& operation) {
  return operation.absent ? Status() : Unmet(ENOENT, operation);
}

}  // namespace

Status Batch::Parse(uint32_t transactions) {
  std::vector<Transaction> parsed;
  if (!ParseRecords(records_, bytes_, Checks::kAccept, &parsed) || parsed.size() != transactions)
    return Status(EINVAL, "records", "");
  entries_.resize(parsed.size());
  survivors_ = parsed.size();
  for (size_t at = 0; at < parsed.size(); at++) {
    Entry& entry = entries_[at];
    entry.transaction = std::move(parsed[at]);
    for (const Operation& operation : entry.transaction.operations) {
      Item& item = entry.items.emplace_back();
      items_++;
      item.operation = &operation;
      item.name = NameOf(operation.path);
      if (operation.external && !ParseExternal(operation, &item.external))
        return Status(EINVAL, "records", operation.path);
    }
  }
  return Status();
}

void Batch::Stage() {
  for (size_t at = 0; at < entries_.size(); at++) {
    Status status = StageEntry(entries_[at]);
    if (status.ok()) continue;
    if (!IsOutOfDescriptors(status) || at == 0) {
      Fail(entries_[at], std::move(status).In(Phase::kStage));
      continue;
    }
    // A smaller batch may have enough of them: the rest is for the caller to try again, all of it
    // for the same reason, to keep the order.
    for (size_t rest = at; rest < entries_.size(); rest++) {
      const auto& operations = entries_[rest].transaction.operations;
      const std::string path = operations.empty() ? "" : operations[0].path;
      Fail(entries_[rest], Status(status.error, "stage", path).In(Phase::kStage));
    }
    return;
  }
}

Status Batch::StageEntry(Entry& entry) {
  for (Item& item : entry.items)
    if (Status status = StageItem(item); !status.ok()) return status;
  return Status();
}

Status Batch::StageItem(Item& item) {
  const Operation& operation = *item.operation;
  if (!Writes(operation)) return Status();
  if (Status status = OpenParent(item); !status.ok()) return status;
  if (operation.external) return CheckExternal(item);
  // An unnamed file lives by its descriptor: of many there would be too few.
  const bool many = items_ > kUnnamedMax;
  const bool unnamed = operation.kind == OperationKind::kCreate && !many;
  Status status;
  do {
    status = parents_.In(item.parent, [&] {
      return item.staged.Write(volume_, item.parent->directory, operation.content, operation.bytes,
                               unnamed, operation.path);
    });
    // Another process found the parent empty and removed it; ext4 takes that for EPERM.
  } while (!status.ok() && WasRemoved(item.parent->directory) && Reopen(item).ok());
  if (status.ok() && many) item.staged.CloseNamed();
  // The kernel asks the same of an unnamed file as of a name.
  if (status.ok() && unnamed && volume_.features.unnamed_files) item.parent->known_writable = true;
  return status;
}

Status Batch::CheckExternal(Item& item) {
  bool found = false;
  FileInfo info;
  Status status = StatFile(volume_, item.external.staged_path, &found, &info);
  if (!status.ok()) return status;
  if (!found) return Status(ENOENT, "stage", item.external.staged_path);
  const bool fits = info.kind == Kind::kFile && info.bytes == item.external.bytes;
  return fits ? Status() : Status(EINVAL, "stage", item.external.staged_path);
}

void Batch::Check() {
  for (Entry& entry : entries_) {
    if (!entry.failure.ok()) continue;
    for (Item& item : entry.items) {
      Status status = CheckItem(item);
      if (status.ok()) continue;
      Fail(entry, std::move(status));
      break;
    }
  }
}

Status Batch::CheckItem(Item& item) {
  const Operation& operation = *item.operation;
  const bool writes = Writes(operation);
  Status status = OpenParent(item);
  if (!writes && IsAbsent(status)) return WithoutParent(operation);
  if (!status.ok()) return status;
  status = parents_.In(item.parent, [&] { return CheckTarget(item); });
  // Creating copes with a vanished parent when it publishes; the others would give a wrong answer.
  const bool doubtful =
      operation.kind != OperationKind::kCreate && WasRemoved(item.parent->directory);
  if (doubtful) {
    status = Reopen(item);
    if (!writes && IsAbsent(status)) return WithoutParent(operation);
    if (status.ok()) status = parents_.In(item.parent, [&] { return CheckTarget(item); });
  }
  if (operation.kind == OperationKind::kCheck) return status;
  if (!status.ok() || item.parent->known_writable) return status;
  status = CheckWritable(item.parent->directory);
  item.parent->known_writable = status.ok();
  return status;
}

Status Batch::CheckTarget(Item& item) {
  const Operation& operation = *item.operation;
  FileInfo info;
  Status status = InspectName(item.parent->directory, item.name, &info);
  const bool absent = status.Is(ENOENT);
  if (!status.ok() && !absent) return status;
  switch (operation.kind) {
    case OperationKind::kCreate:
      return absent ? Status() : Unmet(EEXIST, operation);
    case OperationKind::kReplace:
      if (absent) return operation.expected == nullptr ? Status() : Unmet(kChanged, operation);
      item.takes_away = true;
      if (info.kind == Kind::kFile) return CheckContent(operation, info);
      return Unmet(info.kind == Kind::kDirectory ? EISDIR : EINVAL, operation);
    case OperationKind::kRemove:
      if (absent || info.kind != Kind::kFile) return Unmet(ENOENT, operation);
      item.takes_away = true;
      return CheckContent(operation, info);
    case OperationKind::kCheck:
      if (operation.absent) return absent ? Status() : Unmet(EEXIST, operation);
      if (absent || info.kind != Kind::kFile) return Unmet(ENOENT, operation);
      return CheckContent(operation, info);
  }
  return Status(EINVAL, "records", operation.path);
}

// The file has to hold exactly the bytes that are expected, if any are.
Status Batch::CheckContent(const Operation& operation, const FileInfo& info) {
  if (operation.expected == nullptr) return Status();
  const Status changed = Unmet(kChanged, operation);
  if (info.bytes != operation.expected_bytes) return changed;
  ReadResult found;
  Status status =
      ReadFile(volume_, operation.path, 0, operation.expected_bytes, Longer::kRefuse, &found);
  if (status.Is(EFBIG)) return changed;  // it has grown since it was looked at
  if (!status.ok()) return status;
  const bool same =
      found.found && found.bytes.size() == operation.expected_bytes &&
      std::memcmp(found.bytes.data(), operation.expected, operation.expected_bytes) == 0;
  return same ? Status() : changed;
}

bool Batch::TakesAway() const {
  for (const Entry& entry : entries_) {
    if (!entry.failure.ok()) continue;
    for (const Item& item : entry.items)
      if (item.takes_away) return true;
  }
  return false;
}

size_t Batch::surviving_bytes() const {
  size_t bytes = 0;
  for (const Entry& entry : entries_)
    if (entry.failure.ok()) bytes += entry.transaction.journaled_bytes();
  return bytes;
}

void Batch::CopySurvivors(uint8_t* out) const {
  for (const Entry& entry : entries_) {
    if (!entry.failure.ok()) continue;
    out = entry.transaction.CopyJournaled(records_, out);
  }
}

Status Batch::Publish(std::vector<uint32_t>* withdrawn) {
  uint32_t place = 0;
  for (Entry& entry : entries_) {
    if (!entry.failure.ok()) continue;
    bool half_done = false;
    Status status = PublishEntry(entry, &half_done);
    if (half_done) return Status(status.error, "publish", status.path).In(Phase::kPublish);
    if (!status.ok()) {
      withdrawn->push_back(place);
      Fail(entry, std::move(status));
    }
    place++;
  }
  return Status();
}

Status Batch::PublishEntry(Entry& entry, bool* half_done) {
  bool reversible = true;
  for (const OperationKind kind :
       {OperationKind::kCreate, OperationKind::kReplace, OperationKind::kRemove}) {
    for (Item& item : entry.items) {
      if (item.operation->kind != kind) continue;
      Status status = Apply(item);
      if (!status.ok()) {
        *half_done = !reversible;
        for (Item& done : entry.items)
          if (reversible && done.applied && !Undo(done)) *half_done = true;
        return status;
      }
      item.applied = true;
      if (kind != OperationKind::kCreate) reversible = false;
    }
  }
  return Status();
}

Status Batch::Apply(Item& item) {
  const bool remove = item.operation->kind == OperationKind::kRemove;
  const auto apply = [&] { return ApplyOnce(item); };
  Status status = OpenParent(item);
  if (status.ok()) status = parents_.In(item.parent, apply);
  if (status.Is(ENOENT) && !remove) {
    // Another process found the parent empty and removed it.
    status = Reopen(item);
    if (status.ok()) status = parents_.In(item.parent, apply);
  }
  if (remove && IsAbsent(status)) status = Status();  // gone is what was asked for
  // A name that was taken since the check, by a program beside the store, breaks the same condition
  // as one before it.
  if (item.operation->kind == OperationKind::kCreate && status.Is(EEXIST))
    return Unmet(EEXIST, *item.operation);
  if (DoRemovedNamesStay() && remove && item.parent != nullptr) item.parent->directory.file.Close();
  if (remove && status.ok()) PruneEmpty(volume_, ParentOf(item.operation->path));
  return status;
}

Status Batch::ApplyOnce(Item& item) {
  const Directory& parent = item.parent->directory;
  if (item.operation->kind == OperationKind::kRemove) return RemoveFile(parent, item.name);
  if (item.operation->external) return ApplyExternal(item);
  if (item.operation->kind == OperationKind::kReplace)
    return item.staged.PublishReplacing(parent, item.name);
  return item.staged.PublishNew(parent, item.name);
}

Status Batch::ApplyExternal(Item& item) {
  const std::string& staged = item.external.staged_path;
  Directory source;
  Status status = OpenDirectory(volume_.root, ParentOf(staged), &source);
  if (!status.ok()) return status;
  return item.operation->kind == OperationKind::kReplace
             ? RenameReplace(source, NameOf(staged), item.parent->directory, item.name)
             : MoveNew(source, NameOf(staged), item.parent->directory, item.name);
}

bool Batch::Undo(Item& item) {
  item.applied = false;
  if (!parents_.Use(item.operation->path, Missing::kRefuse, &item.parent).ok()) return false;
  const Directory& parent = item.parent->directory;
  // Flushed: once the frame is withdrawn nothing tracks this name any more, and a power cut
  // must not bring it back.
  if (!item.operation->external)
    return RemoveFile(parent, item.name).ok() && FlushDirectory(parent).ok();
  // The caller staged it, so the caller gets it back.
  const std::string& staged = item.external.staged_path;
  Directory target;
  const auto open = [&] { return OpenDirectory(volume_.root, ParentOf(staged), &target); };
  return parents_.In(item.parent, open).ok() &&
         MoveNew(parent, item.name, target, NameOf(staged)).ok() && FlushDirectory(parent).ok();
}

void Batch::CleanUp() {
  if (survivors_ == entries_.size()) return;
  if (DoRemovedNamesStay()) parents_.CloseAll();
  // The deepest was made last. One that is in use is not empty and stays.
  const std::vector<std::string>& made = parents_.made();
  for (auto path = made.rbegin(); path != made.rend(); ++path) {
    Directory parent;
    if (OpenDirectory(volume_.root, ParentOf(*path), &parent).ok())
      RemoveDirectory(parent, NameOf(*path));
  }
}

std::vector<Status> Batch::TakeOutcomes() {
  std::vector<Status> outcomes;
  if (survivors_ == entries_.size()) return outcomes;
  for (Entry& entry : entries_) outcomes.push_back(std::move(entry.failure));
  return outcomes;
}

Status Batch::OpenParent(Item& item) {
  return parents_.Use(item.operation->path, ForMissing(*item.operation), &item.parent);
}

Status Batch::Reopen(Item& item) {
  return parents_.UseAgain(item.operation->path, ForMissing(*item.operation), &item.parent);
}

void Batch::Fail(Entry& entry, Status status) {
  entry.failure = std::move(status);
  for (Item& item : entry.items) item.staged = Staged();
  survivors_--;
}

}  // namespace holdfast
