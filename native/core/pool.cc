#include "core/pool.h"

#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "os/platform.h"

namespace holdfast {

namespace {

constexpr std::chrono::seconds kIdleLife{10};

}  // namespace

Pool& Pool::Get() {
  static Pool* const pool = [] {
    PinModule();
    return new Pool();
  }();
  return *pool;
}

Pool::Refusal Pool::Submit(std::shared_ptr<Task> task) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (abandoned_ >= kAbandonedMax) return Refusal::kTooManyAbandoned;
    queue_.push_back(std::move(task));
    GrowForQueue();
    if (threads_ == 0) {
      queue_.pop_back();
      return Refusal::kNoThread;
    }
  }
  // Without the mutex, or the thread that wakes would wait for it at once.
  wake_.notify_one();
  return Refusal::kNone;
}

void Pool::Abandon(Task& task) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (task.state_ != Task::State::kRunning) return;
  task.state_ = Task::State::kAbandoned;
  abandoned_++;
  busy_--;
  Dispatch();
}

void Pool::Park() {
  std::lock_guard<std::mutex> lock(mutex_);
  busy_--;
  Dispatch();
}

void Pool::Unpark() {
  std::lock_guard<std::mutex> lock(mutex_);
  busy_++;
}

void Pool::Dispatch() {
  if (queue_.empty()) return;
  GrowForQueue();
  wake_.notify_one();
}

void Pool::GrowForQueue() {
  // Idle threads that were woken but have not run yet still count as idle, hence the comparison
  // with the queue.
  if (queue_.size() > idle_ && busy_ + idle_ < kBusyMax && threads_ < kThreadsMax) Spawn();
}

bool Pool::Spawn() {
  threads_++;
  idle_++;
  try {
    std::thread([this] { Work(); }).detach();
    return true;
  } catch (const std::exception&) {  // no thread left, or no memory for one
    threads_--;
    idle_--;
    return false;
  }
}

void Pool::Work() {
  BlockSignals();
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    while (queue_.empty() || busy_ >= kBusyMax) {
      const bool woken = wake_.wait_for(lock, kIdleLife) == std::cv_status::no_timeout;
      if (woken || !queue_.empty()) continue;
      idle_--;
      threads_--;
      return;
    }
    std::shared_ptr<Task> task = std::move(queue_.front());
    queue_.pop_front();
    task->state_ = Task::State::kRunning;
    idle_--;
    busy_++;
    lock.unlock();
    task->Run();
    lock.lock();
    if (task->state_ == Task::State::kAbandoned)
      abandoned_--;
    else
      busy_--;
    task->state_ = Task::State::kDone;
    idle_++;
    lock.unlock();
    task.reset();
    lock.lock();
  }
}

}  // namespace holdfast
