// The library's own threads. libuv's four stay free for DNS and node:fs, even when a dying disk
// blocks all of these.
#ifndef HOLDFAST_POOL_H_
#define HOLDFAST_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace holdfast {

class Task {
 public:
  virtual ~Task() = default;
  // Called once, on a pool thread.
  virtual void Run() = 0;

 private:
  friend class Pool;
  enum class State { kQueued, kRunning, kAbandoned, kDone } state_ = State::kQueued;
};

// One pool for the process, shared by all environments. Never destroyed: its threads may be stuck
// in the kernel.
class Pool {
 public:
  static Pool& Get();

  enum class Refusal { kNone, kTooManyAbandoned, kNoThread };
  Refusal Submit(std::shared_ptr<Task> task);
  // No caller waits for the task any more. Its thread no longer counts, another takes its place.
  void Abandon(Task& task);

  // While one lives, this thread only waits and does not count as busy.
  class Parked {
   public:
    Parked() { Get().Park(); }
    ~Parked() { Get().Unpark(); }
    Parked(const Parked&) = delete;
    Parked& operator=(const Parked&) = delete;
  };

 private:
  static constexpr size_t kBusyMax = 16;
  static constexpr size_t kAbandonedMax = 64;
  static constexpr size_t kThreadsMax = 256;

  void Park();
  void Unpark();
  // The three below are called with the mutex held.
  void Dispatch();
  void GrowForQueue();
  bool Spawn();
  void Work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Task>> queue_;
  size_t threads_ = 0;
  size_t idle_ = 0;  // threads that wait for a task, including those just started
  size_t busy_ = 0;
  size_t abandoned_ = 0;
};

}  // namespace holdfast

#endif  // HOLDFAST_POOL_H_
