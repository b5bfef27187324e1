// The one-hop commit: stage, lock, check, append, flush, publish, advance the page, unlock.
#ifndef HOLDFAST_COMMIT_H_
#define HOLDFAST_COMMIT_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/frame.h"
#include "core/lock.h"
#include "core/page.h"
#include "core/volume.h"

namespace holdfast {

// Serves calls in the order in which their tickets were taken.
class Turnstile {
 public:
  uint64_t Take();
  // False when cancelled, or when the patience has an end and it is reached.
  bool Wait(uint64_t ticket, const Patience& patience, bool may_expire);
  void Leave(uint64_t ticket);

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  uint64_t next_ = 0;
  std::set<uint64_t> present_;  // the first is served
};

struct CommitRequest {
  Bytes frame;  // the records follow the room for the header
  size_t record_bytes = 0;
  FrameKind kind = kCommitFrame;
  uint32_t transactions = 0;
  bool flush = true;
  uint64_t time_ms = 0;
  double lock_timeout_ms = 0;

  const uint8_t* records() const { return frame.data() + kFrameHeaderBytes; }
};

enum class CommitStatus { kCommitted = 0, kMoved, kFull, kUnclean, kPoisoned };

struct CommitReply {
  CommitStatus status = CommitStatus::kCommitted;
  Position from;
  Position to;
  std::vector<Status> outcomes;  // empty: all committed
};

class Committer {
 public:
  // A place in the order of calls, given up when it is destroyed.
  class Turn {
   public:
    explicit Turn(std::shared_ptr<Committer> committer)
        : committer_(std::move(committer)), ticket_(committer_->turnstile_.Take()) {}
    ~Turn() { committer_->turnstile_.Leave(ticket_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Committer* operator->() const { return committer_.get(); }
    uint64_t ticket() const { return ticket_; }

   private:
    std::shared_ptr<Committer> committer_;
    uint64_t ticket_;
  };

  static Status Open(std::shared_ptr<Volume> volume, const std::string& lock_path,
                     const std::string& page_path, const Patience& patience,
                     std::shared_ptr<Committer>* out);
  // `next_path`: the name that the segment after it will have.
  Status UseSegment(uint64_t ticket, uint64_t sequence, const std::string& path,
                    const std::string& next_path, const std::atomic<bool>& cancelled);
  Status Commit(uint64_t ticket, CommitRequest* request, const std::atomic<bool>& cancelled,
                CommitReply* reply);
  Status Redo(const Bytes& records, bool flush);
  Status Flush();
  Status Lock(uint64_t ticket, double timeout_ms, const std::atomic<bool>& cancelled);
  Status Unlock(uint64_t ticket, const std::atomic<bool>& cancelled);
  const std::shared_ptr<Page>& page() const { return page_; }
  // Of the page's file; 0 where such numbers are not to be relied on.
  uint64_t page_inode() const { return volume_->file_system.network ? 0 : page_file_.inode; }

  ~Committer() {
    if (page_ != nullptr) page_->LetGo();
  }

 private:
  struct Segment {
    File file;
    FileInfo info;
    std::string path;
    std::string next_path;
    uint64_t sequence = 0;
    uint64_t bytes = 0;
  };

  Status OpenPage(const std::string& path, const Patience& patience);
  Status CompletePage(const std::string& path, const Patience& patience);
  Status CommitLocked(CommitRequest* request, Batch* batch, CommitReply* reply);
  CommitStatus Examine(const Segment* segment) const;
  Status CheckPage(const Segment& segment, CommitReply* reply);
  Status CheckEnd(const Segment& segment, CommitReply* reply);
  Status Append(const Segment& segment, const Position& end, FrameHeader header, Bytes* frame,
                size_t payload_bytes, bool flush, bool* full);
  Status Withdraw(const Segment& segment, const CommitRequest& request, bool flush,
                  const std::vector<uint32_t>& places);
  std::shared_ptr<Segment> segment();

  std::shared_ptr<Volume> volume_;
  std::shared_ptr<Page> page_;
  std::string page_path_;
  FileInfo page_file_;
  LockFile lock_;
  bool held_ = false;  // by Lock; touched only in turn
  Turnstile turnstile_;
  std::mutex mutex_;
  std::shared_ptr<Segment> segment_;
};

}  // namespace holdfast

#endif  // HOLDFAST_COMMIT_H_
