#include "node/async.h"

#include <cerrno>
#include <new>
#include <utility>

namespace holdfast {

namespace {

// False while a worker is being terminated: nothing awaits its promises any more.
bool CanRun(napi_env env) {
  napi_value global = nullptr;
  bool has = false;
  return napi_get_global(env, &global) == napi_ok &&
         napi_has_named_property(env, global, "Object", &has) == napi_ok;
}

// Why a result could not be made: JavaScript has no room for it.
Napi::Value ToFailure(Napi::Env env, Napi::Value exception) {
  Napi::Value error = ToError(env, Status(ENOMEM, "result", ""));
  if (!exception.IsEmpty()) error.As<Napi::Object>().Set("cause", exception);
  return error;
}

}  // namespace

void Call::Run() {
  try {
    status_ = cancelled() ? Status(ECANCELED, "pool", "").In(Phase::kPool) : work_(*this);
  } catch (const std::bad_alloc&) {
    status_ = Status(ENOMEM, "pool", "").In(Phase::kPool);
  }
  // Its turn ends after its reply is queued: replies come in the order of calls. JavaScript is
  // woken last, so that the call it makes next finds the turn free.
  const bool first = environment_->Queue(shared_from_this());
  work_ = nullptr;
  if (first) environment_->Wake();
}

// Empty where there is no memory for it.
Napi::Value Call::MakeResult(Napi::Env env) {
  try {
    return result_ ? result_(env) : env.Undefined();
  } catch (const std::bad_alloc&) {
    return Napi::Value();
  }
}

void Environment::Install(Napi::Env env) {
  auto* self = new std::shared_ptr<Environment>(std::make_shared<Environment>());
  napi_value name = Napi::String::New(env, "holdfast");
  napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, self->get(),
                                  OnFinished, &(*self)->notify_);
  // A process with nothing pending may end; Start takes the reference while a call is under way.
  napi_unref_threadsafe_function(env, (*self)->notify_);
  env.SetInstanceData<std::shared_ptr<Environment>>(self);
  // Hooks run in reverse order: this one before the thread-safe function's own.
  napi_add_env_cleanup_hook(env, OnTeardown, self->get());
}

Environment& Environment::Of(Napi::Env env) {
  return **env.GetInstanceData<std::shared_ptr<Environment>>();
}

Napi::Value Environment::Start(Napi::Env env, uint32_t id, Call::Work work, Call::Result result) {
  napi_value promise = nullptr;
  napi_deferred deferred = nullptr;
  if (napi_create_promise(env, &deferred, &promise) != napi_ok) return env.Undefined();
  auto call = std::make_shared<Call>();
  call->work_ = std::move(work);
  call->result_ = std::move(result);
  call->id_ = id;
  call->deferred_ = deferred;
  call->environment_ = shared_from_this();
  const Pool::Refusal refusal = Pool::Get().Submit(call);
  if (refusal != Pool::Refusal::kNone) {
    const int error = refusal == Pool::Refusal::kTooManyAbandoned ? EBUSY : EAGAIN;
    napi_reject_deferred(env, deferred, ToError(env, Status(error, "pool", "").In(Phase::kPool)));
    return Napi::Value(env, promise);
  }
  if (calls_.empty()) napi_ref_threadsafe_function(env, notify_);
  calls_.emplace(id, std::move(call));
  return Napi::Value(env, promise);
}

void Environment::Abort(uint32_t id) {
  const auto found = calls_.find(id);
  if (found != calls_.end()) found->second->cancelled_.store(true, std::memory_order_relaxed);
}

void Environment::Abandon(uint32_t id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  found->second->cancelled_.store(true, std::memory_order_relaxed);
  found->second->abandoned_ = true;
  Pool::Get().Abandon(*found->second);
}

bool Environment::Queue(std::shared_ptr<Call> call) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (gone_) return false;
  finished_.push_back(std::move(call));
  return finished_.size() == 1;
}

void Environment::Wake() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!gone_) napi_call_threadsafe_function(notify_, nullptr, napi_tsfn_nonblocking);
}

void Environment::OnFinished(napi_env raw, napi_value, void* context, void*) {
  if (raw == nullptr) return;  // the environment is ending
  auto& self = *static_cast<Environment*>(context);
  std::vector<std::shared_ptr<Call>> finished;
  {
    std::lock_guard<std::mutex> lock(self.mutex_);
    finished.swap(self.finished_);
  }
  Napi::Env env(raw);
  for (const std::shared_ptr<Call>& call : finished) {
    // Another thread may end this one at any moment, between two of them as well.
    if (!CanRun(raw)) return;
    Napi::HandleScope scope(env);
    self.Settle(env, *call);
  }
}

void Environment::Settle(Napi::Env env, Call& call) {
  calls_.erase(call.id_);
  if (calls_.empty()) napi_unref_threadsafe_function(env, notify_);
  if (call.abandoned_) {
    napi_resolve_deferred(env, call.deferred_, env.Undefined());
  } else if (call.status_.ok()) {
    const Napi::Value result = call.MakeResult(env);
    const Napi::Value failure = TakeException(env);
    if (failure.IsEmpty() && !result.IsEmpty()) {
      napi_resolve_deferred(env, call.deferred_, result);
    } else {
      napi_reject_deferred(env, call.deferred_, ToFailure(env, failure));
    }
  } else {
    napi_reject_deferred(env, call.deferred_, ToError(env, call.status_));
  }
  call.result_ = nullptr;
}

void Environment::OnTeardown(void* context) {
  auto& self = *static_cast<Environment*>(context);
  {
    std::lock_guard<std::mutex> lock(self.mutex_);
    self.gone_ = true;
    self.finished_.clear();
  }
  for (auto& [id, call] : self.calls_) call->cancelled_.store(true, std::memory_order_relaxed);
  self.calls_.clear();
  napi_release_threadsafe_function(self.notify_, napi_tsfn_abort);
}

Napi::Value TakeException(Napi::Env env) {
  bool pending = false;
  napi_value exception = nullptr;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return Napi::Value();
  if (napi_get_and_clear_last_exception(env, &exception) != napi_ok) return Napi::Value();
  return Napi::Value(env, exception);
}

Napi::Value ToError(Napi::Env env, const Status& status) {
  const char* code = ErrorName(status.error);
  const std::string message = std::string(code) + ": " + status.syscall + " '" + status.path + "'";
  napi_value error = nullptr;
  napi_create_error(env, nullptr, Napi::String::New(env, message), &error);
  Napi::Object object(env, error);
  object.Set("code", code);
  object.Set("errno", status.error);
  object.Set("phase", PhaseName(status.phase));
  object.Set("syscall", status.syscall);
  object.Set("path", status.path);
  return object;
}

}  // namespace holdfast
