#include "core/commit.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "core/pool.h"

namespace holdfast {

namespace {

// How often a waiting call looks whether it has been cancelled.
constexpr std::chrono::milliseconds kLookAround{5};

// Poisons the journal unless what goes to it has gone well, whichever way the failure takes.
class PoisonUnlessWell {
 public:
  explicit PoisonUnlessWell(Page& page) : page_(page) {}
  ~PoisonUnlessWell() {
    if (!well_) page_.set_state(kPoisoned);
  }
  PoisonUnlessWell(const PoisonUnlessWell&) = delete;
  PoisonUnlessWell& operator=(const PoisonUnlessWell&) = delete;
  void Well() { well_ = true; }

 private:
  Page& page_;
  bool well_ = false;
};

}  // namespace

uint64_t Turnstile::Take() {
  std::lock_guard<std::mutex> lock(mutex_);
  present_.insert(next_);
  return next_++;
}

bool Turnstile::Wait(uint64_t ticket, const Patience& patience, bool may_expire) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (*present_.begin() == ticket) return true;
  const Pool::Parked parked;
  while (*present_.begin() != ticket) {
    if (patience.cancelled() || (may_expire && patience.expired())) return false;
    moved_.wait_for(lock, kLookAround);
  }
  return true;
}

void Turnstile::Leave(uint64_t ticket) {
  std::lock_guard<std::mutex> lock(mutex_);
  present_.erase(ticket);
  moved_.notify_all();
}

Status Committer::Open(std::shared_ptr<Volume> volume, const std::string& lock_path,
                       const std::string& page_path, const Patience& patience,
                       std::shared_ptr<Committer>* out) {
  auto committer = std::make_shared<Committer>();
  committer->volume_ = std::move(volume);
  Status status = committer->lock_.Open(*committer->volume_, lock_path);
  if (status.ok()) status = committer->OpenPage(page_path, patience);
  if (status.ok()) *out = std::move(committer);
  return status;
}

Status Committer::OpenPage(const std::string& path, const Patience& patience) {
  File file;
  FileInfo info;
  Status status = OpenUpdate(volume_->root, path, volume_->ownership, &file, &info);
  if (status.Is(ENOENT) || (status.ok() && info.bytes < kPageBytes)) {
    status = CompletePage(path, patience);
    if (status.ok()) status = OpenUpdate(volume_->root, path, volume_->ownership, &file, &info);
  }
  // Touching a mapped page behind the end of its file kills the process.
  if (status.ok() && info.bytes != kPageBytes) status = Status(EINVAL, "mmap", path);
  if (!status.ok()) return status;
  page_ = std::make_shared<Page>();
  page_path_ = path;
  page_file_ = info;
  return page_->Map(file, path);
}

// Written, not merely sized: a hole in the page is a death by SIGBUS once the disk is full.
Status Committer::CompletePage(const std::string& path, const Patience& patience) {
  Status status = lock_.Acquire(*volume_, LockKind::kExclusive, patience);
  if (!status.ok()) return status;
  const Bytes zeros(kPageBytes);
  File file;
  FileInfo info;
  status = OpenUpdate(volume_->root, path, volume_->ownership, &file, &info);
  if (status.Is(ENOENT)) {
    status = WriteFile(*volume_, path, zeros, false, true);
  } else if (status.ok() && info.bytes < kPageBytes) {
    status = WriteAt(file, path, zeros.data(), kPageBytes - info.bytes, info.bytes);
    if (status.ok()) status = FlushFile(file, path);
  }
  const Status released = lock_.Release();
  return status.ok() ? released : status;
}

Status Committer::UseSegment(uint64_t ticket, uint64_t sequence, const std::string& path,
                             const std::string& next_path, const std::atomic<bool>& cancelled) {
  auto segment = std::make_shared<Segment>();
  Status status =
      OpenUpdate(volume_->root, path, volume_->ownership, &segment->file, &segment->info);
  if (!status.ok()) return status;
  segment->path = path;
  segment->next_path = next_path;
  segment->sequence = sequence;
  segment->bytes = std::min(segment->info.bytes, kSegmentBytesMax);
  if (!turnstile_.Wait(ticket, Patience(0, cancelled), false))
    return Status(ECANCELED, "open", path);
  std::lock_guard<std::mutex> lock(mutex_);
  segment_ = std::move(segment);
  return Status();
}

Status Committer::Commit(uint64_t ticket, CommitRequest* request,
                         const std::atomic<bool>& cancelled, CommitReply* reply) {
  Batch batch(*volume_, request->records(), request->record_bytes);
  if (request->kind == kCommitFrame) {
    Status status = batch.Parse(request->transactions);
    if (!status.ok()) return status;
    batch.Stage();
  } else if (request->record_bytes != 8) {
    return Status(EINVAL, "records", "");
  }
  if (!turnstile_.Wait(ticket, Patience(0, cancelled), false))
    return Status(ECANCELED, "commit", "");
  if (held_) return Status(EDEADLK, "flock", "").In(Phase::kLock);
  const Patience patience(request->lock_timeout_ms, cancelled);
  Status status = lock_.Acquire(*volume_, LockKind::kExclusive, patience);
  if (!status.ok()) return status;
  try {
    status = CommitLocked(request, &batch, reply);
    reply->outcomes = batch.TakeOutcomes();
  } catch (const std::bad_alloc&) {
    // A frame that is on its way may be kept: it must not be reported as refused.
    const bool begun = page_->state() != kIdle || page_->Get(Page::kCommitted) != reply->from.lsn;
    status =
        begun ? Status(ENOMEM, "publish", "").In(Phase::kPublish) : Status(ENOMEM, "commit", "");
  }
  // What is committed stays so: a lock that could not be released goes with the next commit.
  lock_.Release();
  return status;
}

Status Committer::CommitLocked(CommitRequest* request, Batch* batch, CommitReply* reply) {
  const std::shared_ptr<Segment> segment = this->segment();
  reply->from = reply->to = page_->position();
  reply->status = Examine(segment.get());
  Status status;
  if (reply->status == CommitStatus::kCommitted) status = CheckPage(*segment, reply);
  if (status.ok() && reply->status == CommitStatus::kCommitted) status = CheckEnd(*segment, reply);
  if (!status.ok() || reply->status != CommitStatus::kCommitted) return status;

  const bool checkpoint = request->kind == kCheckpointFrame;
  FrameHeader header;
  header.kind = request->kind;
  header.time_ms = request->time_ms;
  size_t payload_bytes = request->record_bytes;
  if (!checkpoint) {
    batch->Check();
    header.transactions = static_cast<uint32_t>(batch->survivors());
    payload_bytes = batch->surviving_bytes();
    if (batch->survivors() == 0) {
      batch->CleanUp();
      return Status();
    }
  }
  // The batch still points into the request's frame: what has dropped out is left out of a copy.
  Bytes copy;
  Bytes* frame = &request->frame;
  if (payload_bytes != request->record_bytes) {
    copy = NewFrame(payload_bytes);
    batch->CopySurvivors(copy.data() + kFrameHeaderBytes);
    frame = &copy;
  }
  // What a file held before must not go while loss of power can take what is to be there instead.
  const bool flush = request->flush || (!checkpoint && batch->TakesAway());
  bool full = false;
  status = Append(*segment, reply->from, header, frame, payload_bytes, flush, &full);
  if (full) reply->status = CommitStatus::kFull;
  if (!status.ok() || full) return status;

  if (checkpoint) {
    uint64_t lsn;
    std::memcpy(&lsn, request->records(), sizeof lsn);
    page_->Set(Page::kCheckpoint, lsn);
  } else {
    // Only now: a reader must never see what a power cut could take back.
    std::vector<uint32_t> withdrawn;
    status = batch->Publish(&withdrawn);
    if (status.ok() && !withdrawn.empty()) status = Withdraw(*segment, *request, flush, withdrawn);
    // The state stays "committing": the next writer has to take over.
    if (!status.ok()) return status;
    batch->CleanUp();
  }
  const uint64_t committed = page_->Get(Page::kCommitted);
  page_->Set(Page::kPublished, committed);
  page_->set_generation(static_cast<uint32_t>(committed));
  page_->EndCommit();
  reply->to = page_->position();
  return Status();
}

CommitStatus Committer::Examine(const Segment* segment) const {
  if (page_->lost()) return CommitStatus::kPoisoned;
  switch (page_->state()) {
    case kPoisoned:
      return CommitStatus::kPoisoned;
    case kCommitting:
      return CommitStatus::kUnclean;
    default:
      break;
  }
  const bool current = segment != nullptr && segment->sequence == page_->Get(Page::kSegment);
  return current ? CommitStatus::kCommitted : CommitStatus::kMoved;
}

// Whether the page still describes this journal. Another program may put an older copy in its place
// or write one over it, which names a segment that others come after, or that was reused.
Status Committer::CheckPage(const Segment& segment, CommitReply* reply) {
  if (volume_->file_system.network) return Status();  // one process has the store, and so the page
  const Directory& root = volume_->root;
  std::optional<FileInfo> page, next, own, journal;
  Status status = LookFor(root, page_path_, &page);
  if (status.ok()) status = LookFor(root, segment.next_path, &next);
  if (status.ok()) status = LookFor(root, segment.path, &own);
  // Without its directory the journal is not the page's affair.
  if (status.ok()) status = LookFor(root, ParentOf(segment.path), &journal);
  if (!status.ok()) return status;
  const bool replaced = page && !page->SameFile(page_file_);
  const bool reused = journal && !(own && own->SameFile(segment.info));
  if (!replaced && !next && !reused) return status;
  page_->Spoil();
  reply->status = CommitStatus::kPoisoned;
  return status;
}

// A page from before, copied over the present one, names an end that the journal has passed:
// writing there would take back what was acknowledged.
Status Committer::CheckEnd(const Segment& segment, CommitReply* reply) {
  uint8_t header[kFrameHeaderBytes] = {};
  size_t got = 0;
  Status status =
      ReadAt(segment.file, segment.path, header, sizeof header, reply->from.offset, &got);
  if (!status.ok()) return status;
  const bool passed = IsFrame(header, page_->Get(Page::kSalt), reply->from.lsn + 1);
  // The page is written over from outside at any moment: what was looked at has to be there still.
  if (!passed && page_->position() == reply->from) return status;
  page_->Spoil();
  reply->status = CommitStatus::kPoisoned;
  return status;
}

Status Committer::Append(const Segment& segment, const Position& end, FrameHeader header,
                         Bytes* frame, size_t payload_bytes, bool flush, bool* full) {
  // Room is kept for the frame that withdraws what could not be published.
  const uint64_t needed = frame->size() + (header.kind == kVoidFrame ? 0 : kBlockBytes);
  *full = end.offset > segment.bytes || needed > segment.bytes - end.offset;
  if (*full) return Status();
  header.salt = page_->Get(Page::kSalt);
  header.lsn = end.lsn + 1;
  header.durable_through = page_->Get(Page::kDurable);
  header.previous = end.chain;
  const uint32_t chain = SealFrame(header, payload_bytes, frame);
  page_->set_state(kCommitting);
  PoisonUnlessWell fate(*page_);
  Status status = WriteAt(segment.file, segment.path, frame->data(), frame->size(), end.offset)
                      .In(Phase::kAppend);
  // Never a second flush: it would succeed with the bytes gone.
  if (status.ok() && flush) status = FlushData(segment.file, segment.path).In(Phase::kFrameFlush);
  if (!status.ok()) return status;
  fate.Well();
  const bool written_over = !(page_->position() == end);
  page_->set_position({end.segment, end.offset + frame->size(), header.lsn, chain});
  if (flush) page_->RaiseDurable(header.lsn);
  // The frame is in its place all the same. What else the page says is not to be trusted.
  if (written_over) page_->Spoil();
  return Status();
}

Status Committer::Withdraw(const Segment& segment, const CommitRequest& request, bool flush,
                           const std::vector<uint32_t>& places) {
  const Bytes payload = VoidPayload(page_->Get(Page::kCommitted), places);
  Bytes frame = NewFrame(payload.size());
  std::memcpy(frame.data() + kFrameHeaderBytes, payload.data(), payload.size());
  FrameHeader header;
  header.kind = kVoidFrame;
  header.time_ms = request.time_ms;
  bool full = false;
  Status status = Append(segment, page_->position(), header, &frame, payload.size(), flush, &full);
  if (full) status = Status(ENOSPC, "publish", segment.path).In(Phase::kPublish);
  // The transactions are in the journal then, and a takeover redoes them: this frame does not
  // count.
  return status.ok() ? status : Status(status.error, "publish", status.path).In(Phase::kPublish);
}

Status Committer::Flush() {
  const std::shared_ptr<Segment> segment = this->segment();
  if (segment == nullptr) return Status(EBADF, "fdatasync", "").In(Phase::kFlush);
  // What is written before the flush begins is what it keeps; earlier segments are not its
  // business.
  const Position written = page_->position();
  PoisonUnlessWell fate(*page_);
  Status status = FlushData(segment->file, segment->path);
  if (!status.ok()) return status;
  fate.Well();
  if (written.segment == segment->sequence) page_->RaiseDurable(written.lsn);
  return status;
}

Status Committer::Lock(uint64_t ticket, double timeout_ms, const std::atomic<bool>& cancelled) {
  const Patience patience(timeout_ms, cancelled);
  if (!turnstile_.Wait(ticket, patience, true))
    return Status(patience.cancelled() ? ECANCELED : kLockTimeout, "flock", "").In(Phase::kLock);
  if (held_) return Status(EDEADLK, "flock", "").In(Phase::kLock);
  Status status = lock_.Acquire(*volume_, LockKind::kExclusive, patience);
  // No caller would release it.
  if (status.ok() && cancelled) {
    lock_.Release();
    status = Status(ECANCELED, "flock", "").In(Phase::kLock);
  }
  held_ = status.ok();
  return status;
}

Status Committer::Unlock(uint64_t ticket, const std::atomic<bool>& cancelled) {
  if (!turnstile_.Wait(ticket, Patience(0, cancelled), false))
    return Status(ECANCELED, "flock", "").In(Phase::kLock);
  held_ = false;
  return lock_.Release();
}

std::shared_ptr<Committer::Segment> Committer::segment() {
  std::lock_guard<std::mutex> lock(mutex_);
  return segment_;
}

}  // namespace holdfast
