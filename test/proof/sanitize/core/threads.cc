// Commits, waits, reads, redo and segments from several threads at once, through the pool as the
// addon goes through it.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <random>
#include <thread>

#include "core/crc32c.h"
#include "core/pool.h"
#include "journal.h"
#include "scenarios.h"

namespace holdfast::test {

namespace {

using Random = std::mt19937_64;

std::atomic<uint64_t> done{0};
std::atomic<uint64_t> committed{0};
std::atomic<uint64_t> wrong{0};

void Expect(bool right, const char* what, const Status& status) {
  if (right) return;
  wrong.fetch_add(1);
  std::fprintf(stderr, "core: %s: %s from %s on '%s'\n", what, ErrorName(status.error),
               status.syscall, status.path.c_str());
}

// What the addon's Call is to JavaScript.
class Job : public Task {
 public:
  explicit Job(std::function<void(const std::atomic<bool>&)> work) : work_(std::move(work)) {}
  void Run() override {
    work_(cancelled_);
    work_ = nullptr;
    finished_.store(true);
    finished_.notify_all();
  }
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  void Wait() { finished_.wait(false); }

 private:
  std::function<void(const std::atomic<bool>&)> work_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> finished_{false};
};

// A thread of JavaScript: it has a committer of its own, or shares another's, and calls in flight.
class Client {
 public:
  Client(std::string directory, std::shared_ptr<Volume> volume,
         std::shared_ptr<Committer> committer, uint64_t seed, int number)
      : directory_(std::move(directory)),
        volume_(std::move(volume)),
        committer_(std::move(committer)),
        random_(seed),
        name_("c" + std::to_string(number)) {}

  void RunUntil(std::chrono::steady_clock::time_point end) {
    while (std::chrono::steady_clock::now() < end) {
      std::vector<std::shared_ptr<Job>> jobs;
      for (uint64_t count = 1 + random_() % 6; count > 0; count--) jobs.push_back(Begin());
      for (const auto& job : jobs)
        if (random_() % 8 == 0) job->Cancel();
      // Nobody waits for it any more, and it ends all the same.
      if (random_() % 4 == 0) Pool::Get().Abandon(*jobs.front());
      for (const auto& job : jobs) job->Wait();
      done.fetch_add(jobs.size());
    }
  }

 private:
  std::shared_ptr<Job> Begin() {
    auto job = std::make_shared<Job>(Pick());
    const Pool::Refusal refusal = Pool::Get().Submit(job);
    Expect(refusal == Pool::Refusal::kNone, "submit", Status());
    return job;
  }

  std::function<void(const std::atomic<bool>&)> Pick() {
    switch (random_() % 10) {
      case 0:
        return Locking();
      case 1:
        return [this](const auto&) { Expect(committer_->Flush().ok(), "flush", Status()); };
      case 2:
        return Redoing();
      case 3:
        return Reading();
      case 4:
        return Opening();
      default:
        return Committing();
    }
  }

  std::function<void(const std::atomic<bool>&)> Committing() {
    const std::string path = name_ + "/" + std::to_string(number_++);
    const std::string content(1 + random_() % 3000, 'x');
    std::vector<std::vector<Change>> transactions{
        {{OperationKind::kCreate, path, content}, {OperationKind::kReplace, "shared", content}}};
    // One that loses, so that the frame is copied without it.
    if (random_() % 3 == 0)
      transactions.push_back({{OperationKind::kRemove, "absent/" + path, ""}});
    if (random_() % 3 == 0) transactions.push_back({{OperationKind::kCreate, "shared/x", "x"}});
    auto request = std::make_shared<CommitRequest>(RequestOf(transactions));
    request->flush = random_() % 4 == 0;
    request->lock_timeout_ms = random_() % 2 == 0 ? 20000 : 1;
    auto turn = std::make_shared<Committer::Turn>(committer_);
    return [=, this](const std::atomic<bool>& cancelled) {
      CommitReply reply;
      const Status status = (*turn)->Commit(turn->ticket(), request.get(), cancelled, &reply);
      const bool expected =
          status.ok() || status.Is(ECANCELED) || status.Is(kLockTimeout) || status.Is(EDEADLK);
      Expect(expected, "commit", status);
      if (!status.ok() || reply.status != CommitStatus::kCommitted) return;
      committed.fetch_add(1);
      const bool first = reply.outcomes.empty() || reply.outcomes[0].ok();
      Expect(first, "transaction", reply.outcomes.empty() ? status : reply.outcomes[0]);
      ReadResult result;
      Expect(ReadFile(*volume_, path, 0, 1 << 20, Longer::kRefuse, &result).ok() && result.found &&
                 result.bytes.size() == content.size(),
             "committed file", status);
    };
  }

  // Also turns the segment, which nobody else does meanwhile.
  std::function<void(const std::atomic<bool>&)> Locking() {
    auto turn = std::make_shared<Committer::Turn>(committer_);
    auto back = std::make_shared<Committer::Turn>(committer_);
    const double timeout_ms = static_cast<double>(random_() % 50);
    return [=, this](const std::atomic<bool>& cancelled) mutable {
      const Status status = (*turn)->Lock(turn->ticket(), timeout_ms, cancelled);
      const bool expected =
          status.ok() || status.Is(ECANCELED) || status.Is(kLockTimeout) || status.Is(EDEADLK);
      Expect(expected, "lock", status);
      std::shared_ptr<Committer> committer = committer_;
      turn.reset();
      if (!status.ok()) return;
      Page& page = *committer->page();
      if (page.Get(Page::kOffset) > kSegmentBytes / 2) Rewind(page);
      const std::atomic<bool> never{false};
      const Status unlocked = (*back)->Unlock(back->ticket(), never);
      Expect(unlocked.ok(), "unlock", unlocked);
    };
  }

  std::function<void(const std::atomic<bool>&)> Redoing() {
    auto records = std::make_shared<Bytes>(
        Encode({{{OperationKind::kCreate, name_ + "/redone", std::string(100, 'r')}},
                {{OperationKind::kRemove, name_ + "/absent", ""}}}));
    // Bytes that no encoder wrote: refused, never followed.
    const bool broken = random_() % 2 == 0;
    if (broken)
      (*records)[random_() % records->size()] ^= static_cast<uint8_t>(1 + random_() % 255);
    return [=, this](const auto&) {
      const Status status = committer_->Redo(*records, false);
      Expect(status.ok() || broken, "redo", status);
    };
  }

  std::function<void(const std::atomic<bool>&)> Reading() {
    return [this](const auto&) {
      ReadResult result;
      Status status = ReadFile(*volume_, "shared", 0, 1 << 20, Longer::kRefuse, &result);
      Expect(status.ok(), "read", status);
      const uint32_t seed = static_cast<uint32_t>(result.bytes.size());
      const bool same = Crc32c(result.bytes.data(), result.bytes.size(), seed) ==
                        Crc32cByTable(result.bytes.data(), result.bytes.size(), seed);
      Expect(same, "crc32c", status);
      bool found = false;
      std::vector<Entry> entries;
      status = ListFiles(*volume_, "", &found, &entries);
      Expect(status.ok() && found, "list", status);
      status = FlushMany(*volume_, {"shared", "absent"}, {"", "absent"});
      Expect(status.ok(), "flush", status);
    };
  }

  // A volume and a committer of its own for a moment, beside all the others.
  std::function<void(const std::atomic<bool>&)> Opening() {
    return [this](const auto&) {
      std::shared_ptr<Volume> volume;
      std::shared_ptr<Committer> committer;
      Status status = OpenAt(directory_, &volume);
      if (status.ok()) status = OpenCommitter(volume, &committer);
      if (status.ok()) status = UseJournal(committer);
      Expect(status.ok(), "open", status);
    };
  }

  std::string directory_;
  std::shared_ptr<Volume> volume_;
  std::shared_ptr<Committer> committer_;
  Random random_;
  std::string name_;
  uint64_t number_ = 0;
};

}  // namespace

int RunThreads(const std::string& directory, double seconds, uint64_t seed) {
  constexpr int kClients = 4;
  std::vector<std::unique_ptr<Client>> clients;
  std::shared_ptr<Volume> volume;
  std::shared_ptr<Committer> committer;
  for (int number = 0; number < kClients; number++) {
    // Two clients share each committer: one process with two stores, two threads each.
    if (number % 2 == 0) {
      Status status = OpenAt(directory, &volume);
      if (status.ok()) status = OpenCommitter(volume, &committer);
      if (status.ok() && number == 0) status = CreateJournal(*volume);
      if (status.ok() && number == 0) status = StartJournal(*volume);
      if (status.ok()) status = UseJournal(committer);
      if (status.ok()) status = WriteFile(*volume, "shared", Bytes(1), true, false);
      Expect(status.ok(), "set up", status);
      if (!status.ok()) return 1;
    }
    clients.push_back(
        std::make_unique<Client>(directory, volume, committer, seed + number, number));
  }
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  std::vector<std::thread> threads;
  for (const auto& client : clients)
    threads.emplace_back([&client, end] { client->RunUntil(end); });
  for (std::thread& thread : threads) thread.join();
  std::printf("%llu calls, %llu commits\n", static_cast<unsigned long long>(done),
              static_cast<unsigned long long>(committed));
  return wrong == 0 && committed > 0 ? 0 : 1;
}

}  // namespace holdfast::test
