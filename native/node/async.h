// From a JavaScript call to a pool thread and back to its promise.
#ifndef HOLDFAST_ASYNC_H_
#define HOLDFAST_ASYNC_H_

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/pool.h"
#include "core/status.h"

namespace holdfast {

class Environment;

// One asynchronous call. Owns everything its work touches: the environment may end before it.
class Call : public Task, public std::enable_shared_from_this<Call> {
 public:
  using Work = std::function<Status(const Call&)>;
  using Result = std::function<Napi::Value(Napi::Env)>;

  // The caller has given up. Loops that only wait look here; a system call is never cut short.
  const std::atomic<bool>& cancelled() const { return cancelled_; }
  void Run() override;

 private:
  friend class Environment;
  Napi::Value MakeResult(Napi::Env env);
  Work work_;
  Result result_;
  Status status_;
  std::atomic<bool> cancelled_{false};
  bool abandoned_ = false;  // JavaScript's thread only
  uint32_t id_ = 0;
  napi_deferred deferred_ = nullptr;
  std::shared_ptr<Environment> environment_;
};

// What the addon keeps for each thread of JavaScript that has loaded it.
class Environment : public std::enable_shared_from_this<Environment> {
 public:
  static void Install(Napi::Env env);
  static Environment& Of(Napi::Env env);

  // `id` is the caller's name for the call, for Abort and Abandon. `result` runs on JavaScript's
  // thread.
  Napi::Value Start(Napi::Env env, uint32_t id, Call::Work work, Call::Result result);
  void Abort(uint32_t id);
  void Abandon(uint32_t id);
  // From any thread. True for the first since the last wake-up: one serves all that end before it
  // is answered.
  bool Queue(std::shared_ptr<Call> call);
  void Wake();

 private:
  static void OnFinished(napi_env env, napi_value, void* context, void*);
  static void OnTeardown(void* context);
  void Settle(Napi::Env env, Call& call);

  std::unordered_map<uint32_t, std::shared_ptr<Call>> calls_;  // JavaScript's thread only
  napi_threadsafe_function notify_ = nullptr;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Call>> finished_;
  bool gone_ = false;
};

// The exception that is pending, which is then no longer; empty when none is. One that stays makes
// every further call to JavaScript fail.
Napi::Value TakeException(Napi::Env env);

// `{ code, errno, phase, syscall, path }` on an Error.
Napi::Value ToError(Napi::Env env, const Status& status);

}  // namespace holdfast

#endif  // HOLDFAST_ASYNC_H_
