// What the exported functions share: reading arguments, handles, and JavaScript's view of bytes.
#ifndef HOLDFAST_API_H_
#define HOLDFAST_API_H_

#include <napi.h>

#include <cerrno>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "core/volume.h"
#include "node/async.h"

namespace holdfast {

// A native object that JavaScript holds. Emptied by close; what is under way keeps its own
// reference.
template <typename Object>
struct Handle {
  static Napi::Value Wrap(Napi::Env env, std::shared_ptr<Object> object) {
    std::unique_ptr<Handle> handle(new Handle{&kTag, std::move(object)});
    const auto value = Napi::External<Handle>::New(env, handle.get(),
                                                   [](Napi::Env, Handle* gone) { delete gone; });
    // An environment that is ending takes nothing any more: then the handle goes here.
    if (!value.IsEmpty()) handle.release();
    return value;
  }

  static inline const char kTag = 0;
  const char* tag;
  std::shared_ptr<Object> object;
};

// Arguments by position. A wrong one is remembered and makes the call throw: this API has one
// caller, and that one checks what users give it.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  Napi::Env env() const { return info_.Env(); }
  bool valid() const { return valid_; }
  Napi::Value Refuse() const {
    Napi::TypeError::New(env(), "holdfast: wrong native argument, or a closed handle")
        .ThrowAsJavaScriptException();
    return env().Undefined();
  }

  uint64_t Integer(size_t at) { return static_cast<uint64_t>(Number(at, kIntegerMax)); }
  // As much as can be added to a clock.
  double Milliseconds(size_t at) { return Number(at, kMillisecondsMax); }
  uint32_t Word(size_t at) { return static_cast<uint32_t>(Integer(at)); }
  bool Flag(size_t at) {
    return Check(info_[at].IsBoolean()) && info_[at].As<Napi::Boolean>().Value();
  }
  std::string String(size_t at) {
    return Check(info_[at].IsString()) ? info_[at].As<Napi::String>().Utf8Value() : std::string();
  }
  std::vector<std::string> Strings(size_t at);
  Napi::Uint8Array View(size_t at) {
    const Napi::Value value = info_[at];
    const bool bytes =
        value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
    return Check(bytes) ? value.As<Napi::Uint8Array>() : Napi::Uint8Array::New(env(), 0);
  }
  // A copy: the buffer may be detached or its environment end while the work is under way.
  Bytes Copy(size_t at) {
    const Napi::Uint8Array view = View(at);
    return Bytes(view.Data(), view.Data() + view.ElementLength());
  }

  template <typename Object>
  Handle<Object>* Holder(size_t at) {
    if (!Check(info_[at].IsExternal())) return nullptr;
    auto* handle = info_[at].As<Napi::External<Handle<Object>>>().Data();
    return Check(handle->tag == &Handle<Object>::kTag) ? handle : nullptr;
  }
  template <typename Object>
  std::shared_ptr<Object> Get(size_t at) {
    Handle<Object>* handle = Holder<Object>(at);
    if (handle == nullptr) return nullptr;
    Check(handle->object != nullptr);
    return handle->object;
  }

  // Asynchronous calls have the caller's number for them as their first argument.
  Napi::Value Start(Call::Work work, Call::Result result = nullptr) {
    const uint32_t id = Word(0);
    if (!valid_) return Refuse();
    return Environment::Of(env()).Start(env(), id, std::move(work), std::move(result));
  }

 private:
  static constexpr double kIntegerMax = 9007199254740991;
  static constexpr double kMillisecondsMax = 1e12;

  double Number(size_t at, double max) {
    const bool number = info_[at].IsNumber();
    const double value = number ? info_[at].As<Napi::Number>().DoubleValue() : 0;
    return Check(number && value >= 0 && value <= max) ? value : 0;
  }
  bool Check(bool right) {
    valid_ = valid_ && right;
    return right;
  }

  const Napi::CallbackInfo& info_;
  bool valid_ = true;
};

using Function = Napi::Value (*)(const Napi::CallbackInfo&);

// Where there is no memory for the arguments of a call, JavaScript gets an exception.
template <Function function>
Napi::Value Guarded(const Napi::CallbackInfo& info) {
  try {
    return function(info);
  } catch (const std::bad_alloc&) {
    napi_throw(info.Env(), ToError(info.Env(), Status(ENOMEM, "arguments", "")));
    return info.Env().Undefined();
  }
}

template <Function function>
void Export(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<Guarded<function>>(exports.Env()));
}

// Empty, with an exception pending, for more than JavaScript takes.
Napi::Value ToUint8Array(Napi::Env env, Bytes bytes);
// A view of memory that `owner` keeps, for as long as JavaScript has it; `napi_ok` or why not.
napi_status LendMemory(Napi::Env env, void* memory, size_t bytes, std::shared_ptr<void> owner,
                       napi_value* out);
Napi::Value KindName(Napi::Env env, Kind kind);

void ExportVolume(Napi::Object exports);
void ExportFiles(Napi::Object exports);
void ExportOpenFiles(Napi::Object exports);
void ExportCommitter(Napi::Object exports);

}  // namespace holdfast

#endif  // HOLDFAST_API_H_
