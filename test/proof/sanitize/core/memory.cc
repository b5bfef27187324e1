// Every allocation of a small life of a store fails: the first, the second, and so on, until the
// life passes untouched. Whatever was under way says ENOMEM, or that its outcome is unknown;
// nothing is held or left, and the store goes on.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <new>

#include "allocations.h"
#include "journal.h"
#include "scenarios.h"

namespace holdfast::test {

namespace {

const std::atomic<bool> kNever{false};
constexpr OperationKind kCreate = OperationKind::kCreate;
constexpr OperationKind kReplace = OperationKind::kReplace;
constexpr OperationKind kRemove = OperationKind::kRemove;

using Transactions = std::vector<std::vector<Change>>;

// A failed step is repeated: what it may have left behind is part of the life.
struct Step {
  const char* name;
  std::function<Status()> run;
  const Transactions* commits = nullptr;
};

class Life {
 public:
  explicit Life(std::string directory) : directory_(std::move(directory)) {}

  // How many allocations there were; `wrong` counts what should not have been.
  uint64_t Run(uint64_t nth, bool ever, uint64_t* wrong) {
    wrong_ = wrong;
    uint64_t used = 0;
    for (const Step& step : Steps()) {
      const uint64_t lsn = committer_ == nullptr ? 0 : committer_->page()->Get(Page::kCommitted);
      Status status;
      // Counted through all steps; within the first that fails, `ever` fails the rest of it too.
      const bool mine = nth > used && !failed_;
      if (mine) {
        const FailingAllocation failing(nth - used, ever);
        status = Guarded(step);
        used += FailingAllocation::Count();
      } else {
        status = Guarded(step);
      }
      if (status.ok()) continue;
      failed_ = true;
      Examine(step, status, lsn);
      // Half done may be done: a repetition finds its own traces.
      status = Guarded(step);
      const bool again = status.ok() || status.Is(EEXIST) || status.Is(ENOENT);
      Expect(again, step.name, "cannot be repeated", status);
    }
    return used;
  }

 private:
  // As the addon's Call runs its work.
  static Status Guarded(const Step& step) {
    try {
      return step.run();
    } catch (const std::bad_alloc&) {
      return Status(ENOMEM, "pool", "");
    }
  }

  std::vector<Step> Steps() {
    static const Transactions kFirst{
        {{kCreate, "a/one-with-a-long-name-that-needs-memory.json", std::string(5000, '1')},
         {kReplace, "b", "2"}},
        {{kRemove, "absent", ""}},
        {{kCreate, "deep/er/and-deeper/three.json", "3"}}};
    static const Transactions kSecond{{{kRemove, "b", "2"}, {kReplace, "deep/er/four", "4"}}};
    return {
        {"open the volume", [this] { return OpenAt(directory_, &volume_); }},
        {"open the committer", [this] { return OpenCommitter(volume_, &committer_); }},
        {"create the segment", [this] { return CreateJournal(*volume_); }},
        {"start the segment", [this] { return StartJournal(*volume_); }},
        {"use the segment", [this] { return UseJournal(committer_); }},
        {"commit", [this] { return CommitAll(kFirst); }, &kFirst},
        {"commit more", [this] { return CommitAll(kSecond); }, &kSecond},
        {"flush", [this] { return committer_->Flush(); }},
        {"redo", [this] { return committer_->Redo(Encode(kSecond), true); }},
        {"lock", [this] { return LockOnce(); }},
        {"list", [this] { return ListAll(); }},
        {"write", [this] { return WriteFile(*volume_, "w/1", Bytes(100), true, true); }},
        {"read", [this] { return ReadAll(); }},
        {"rename", [this] { return RenameFile(*volume_, "w/1", "v/2", true); }},
        {"flush many",
         [this] {
           return FlushMany(*volume_, {"v/2"}, {"", "v"});
         }},
    };
  }

  Status CommitAll(const Transactions& transactions) {
    CommitReply reply;
    Status status = Commit(committer_, transactions, &reply);
    if (status.ok() && reply.status != CommitStatus::kCommitted)
      status = Status(EIO, "commit", "the journal is not as it was");
    return status;
  }

  Status LockOnce() {
    auto turn = std::make_unique<Committer::Turn>(committer_);
    // Had before the lock: who has that must be able to give it back.
    const Committer::Turn back(committer_);
    Status status = committer_->Lock(turn->ticket(), 1000, kNever);
    turn.reset();
    return status.ok() ? committer_->Unlock(back.ticket(), kNever) : status;
  }

  Status ListAll() {
    bool found = false;
    std::vector<Entry> entries;
    return ListFiles(*volume_, "", &found, &entries);
  }

  Status ReadAll() {
    ReadResult result;
    return ReadFile(*volume_, "w/1", 0, 1 << 20, Longer::kRefuse, &result);
  }

  void Examine(const Step& step, const Status& status, uint64_t lsn) {
    Expect(status.Is(ENOMEM), step.name, "failed with something else", status);
    ExpectFreeLock(step);
    std::error_code none;
    for (const auto& each : std::filesystem::directory_iterator(directory_ + "/.journal", none))
      Expect(each.file_size() == kSegmentBytes, step.name, "left half a segment", status);
    if (committer_ == nullptr) return;
    Page& page = *committer_->page();
    Expect(page.state() != kPoisoned, step.name, "poisoned the journal", status);
    if (step.commits == nullptr) return;
    // What is on its way is finished by whoever comes next, so nobody may say that it was refused.
    const bool unknown = status.phase == Phase::kPublish;
    const bool refused = page.state() == kIdle && page.Get(Page::kCommitted) == lsn;
    Expect(unknown || refused, step.name, "was said to be refused, and stands", status);
    page.Set(Page::kPublished, page.Get(Page::kCommitted));
    page.set_state(kIdle);
  }

  void ExpectFreeLock(const Step& step) {
    const int descriptor = ::open((directory_ + "/.lock").c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor == -1) return;
    const bool free = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    ::close(descriptor);
    Expect(free, step.name, "kept the writer lock", Status());
  }

  void Expect(bool right, const char* step, const char* what, const Status& status) {
    if (right) return;
    (*wrong_)++;
    std::fprintf(stderr, "core: '%s' %s (%s from %s on '%s')\n", step, what,
                 ErrorName(status.error), status.syscall, status.path.c_str());
  }

  std::string directory_;
  std::shared_ptr<Volume> volume_;
  std::shared_ptr<Committer> committer_;
  bool failed_ = false;
  uint64_t* wrong_ = nullptr;
};

size_t OpenDescriptors() {
  DIR* stream = ::opendir("/proc/self/fd");
  size_t count = 0;
  while (::readdir(stream) != nullptr) count++;
  ::closedir(stream);
  return count;
}

bool IsMapped(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find(name) != line.npos) return true;
  return false;
}

// Nothing is left open, mapped or lying about once the life is over.
void ExpectNothingLeft(const std::string& directory, size_t descriptors, uint64_t nth,
                       uint64_t* wrong) {
  const auto number = static_cast<unsigned long long>(nth);
  if (OpenDescriptors() != descriptors) {
    (*wrong)++;
    std::fprintf(stderr, "core: allocation %llu: a descriptor was left open\n", number);
  }
  if (IsMapped(directory + "/")) {
    (*wrong)++;
    std::fprintf(stderr, "core: allocation %llu: the page was left mapped\n", number);
  }
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator(directory + "/.tmp", none)) {
    (*wrong)++;
    std::fprintf(stderr, "core: allocation %llu: left %s\n", number, each.path().c_str());
  }
}

}  // namespace

int RunMemory(const std::string& directory) {
  uint64_t wrong = 0;
  uint64_t lives = 0;
  uint64_t fewest = UINT64_MAX;
  for (const bool ever : {false, true}) {
    for (uint64_t nth = 1;; nth++) {
      const std::string home = directory + "/" + std::to_string(lives++);
      const size_t descriptors = OpenDescriptors();
      const uint64_t before = wrong;
      const uint64_t used = Life(home).Run(nth, ever, &wrong);
      ExpectNothingLeft(home, descriptors, nth, &wrong);
      std::filesystem::remove_all(home);
      if (wrong != before)
        std::fprintf(stderr, "core: that was allocation %llu%s\n",
                     static_cast<unsigned long long>(nth), ever ? " and all after it" : "");
      if (used >= nth) continue;
      fewest = std::min(fewest, used);
      break;
    }
  }
  std::printf("%llu lives, %llu wrong\n", static_cast<unsigned long long>(lives),
              static_cast<unsigned long long>(wrong));
  // Fewer than it takes: somebody else's allocator is in the place of ours.
  return wrong == 0 && fewest > 50 ? 0 : 1;
}

}  // namespace holdfast::test
