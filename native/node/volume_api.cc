// Volumes, locks, and the calls that are not file operations.
#include <cerrno>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "core/crc32c.h"
#include "core/lock.h"
#include "node/api.h"

namespace holdfast {

namespace {

// What JavaScript has been lent, by number. Node may run the finalizer of an array buffer that it
// then fails to make, at once or later: the first that comes with the number frees the memory,
// the other finds nothing.
class Lent {
 public:
  static Lent& Get() {
    static Lent& all = *new Lent;  // outlives every environment
    return all;
  }
  uintptr_t Keep(std::shared_ptr<void> owner) {
    std::lock_guard<std::mutex> lock(mutex_);
    owners_.emplace(++last_, std::move(owner));
    return last_;
  }
  void GiveBack(uintptr_t number) {
    std::shared_ptr<void> owner;  // freed after the lock
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = owners_.find(number);
    if (found == owners_.end()) return;
    owner = std::move(found->second);
    owners_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<uintptr_t, std::shared_ptr<void>> owners_;
  uintptr_t last_ = 0;
};

struct HeldLock {
  std::shared_ptr<Volume> volume;
  LockFile file;
};

const char* PublishName(Publish publish) {
  switch (publish) {
    case Publish::kLinkat:
      return "linkat";
    case Publish::kRenameNoReplace:
      return "renameNoReplace";
    case Publish::kLink:
      return "link";
  }
  return "link";
}

Napi::Value DescribeVolume(Napi::Env env, const std::shared_ptr<Volume>& volume) {
  const Features& features = volume->features;
  Napi::Object out = Napi::Object::New(env);
  out.Set("handle", Handle<Volume>::Wrap(env, volume));
  out.Set("fileSystem", volume->file_system.name);
  out.Set("network", volume->file_system.network);
  out.Set("memory", volume->file_system.memory);
  out.Set("copyOnWrite", volume->file_system.copy_on_write);
  out.Set("unnamedFiles", features.unnamed_files);
  out.Set("publish", PublishName(features.publish));
  out.Set("canPublish", features.can_publish);
  out.Set("kernelLocks", features.locks);
  out.Set("hotRead", features.hot_read);
  out.Set("caseSensitive", features.case_sensitive);
  if (features.probe_error != 0) out.Set("probeError", ErrorName(features.probe_error));
  return out;
}

// openVolume(id, directory, create, fileMode, directoryMode, temporaryPath, readOnly)
Napi::Value OpenVolumeCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  OpenRequest request{given.String(1), given.Flag(2),   given.Word(3),
                      given.Word(4),   given.String(5), given.Flag(6)};
  auto volume = std::make_shared<std::shared_ptr<Volume>>();
  return given.Start([request, volume](const Call&) { return OpenVolume(request, volume.get()); },
                     [volume](Napi::Env env) { return DescribeVolume(env, *volume); });
}

// closeVolume(volume)
Napi::Value CloseVolume(const Napi::CallbackInfo& info) {
  Arguments given(info);
  if (auto* handle = given.Holder<Volume>(0)) handle->object.reset();
  return given.valid() ? info.Env().Undefined() : given.Refuse();
}

// flushFileSystem(id, volume)
Napi::Value FlushFileSystemCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  return given.Start([volume](const Call&) { return FlushFileSystem(volume->root); });
}

// flushAncestors(id, volume)
Napi::Value FlushAncestorsCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  return given.Start([volume](const Call&) { return FlushAncestors(volume->root); });
}

// space(id, volume)
Napi::Value SpaceCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  auto space = std::make_shared<Space>();
  return given.Start(
      [volume, space](const Call&) { return MeasureSpace(volume->root, space.get()); },
      [space](Napi::Env env) {
        Napi::Object out = Napi::Object::New(env);
        out.Set("totalBytes", space->total_bytes);
        out.Set("freeBytes", space->free_bytes);
        out.Set("usedBytes", space->used_bytes);
        out.Set("totalInodes", space->total_inodes);
        out.Set("freeInodes", space->free_inodes);
        return out;
      });
}

// lock(id, volume, path, exclusive, timeoutMs)
Napi::Value LockCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto lock = std::make_shared<HeldLock>();
  lock->volume = given.Get<Volume>(1);
  const std::string path = given.String(2);
  const LockKind kind = given.Flag(3) ? LockKind::kExclusive : LockKind::kShared;
  const double timeout_ms = given.Milliseconds(4);
  return given.Start(
      [lock, path, kind, timeout_ms](const Call& call) {
        if (!IsSafePath(path)) return Status(EINVAL, "path", path);
        const Patience patience(timeout_ms, call.cancelled());
        Status status = lock->file.Open(*lock->volume, path);
        if (status.ok()) status = lock->file.Acquire(*lock->volume, kind, patience);
        if (!status.ok()) lock->file.Close();
        return status;
      },
      [lock](Napi::Env env) { return Handle<HeldLock>::Wrap(env, lock); });
}

// downgrade(id, lock)
Napi::Value DowngradeCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto lock = given.Get<HeldLock>(1);
  return given.Start([lock](const Call&) { return lock->file.DowngradeToShared(); });
}

// release(id, lock): the descriptor goes with the handle.
Napi::Value ReleaseCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto lock = given.Get<HeldLock>(1);
  if (auto* handle = given.Holder<HeldLock>(1)) handle->object.reset();
  return given.Start([lock](const Call&) {
    Status status = lock->file.Release();
    lock->file.Close();
    return status;
  });
}

// abort(id): a call that waits for a lock gives up.
Napi::Value AbortCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  const uint32_t id = given.Word(0);
  if (!given.valid()) return given.Refuse();
  Environment::Of(info.Env()).Abort(id);
  return info.Env().Undefined();
}

// abandon(id): no caller waits for it any more; its thread is replaced.
Napi::Value AbandonCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  const uint32_t id = given.Word(0);
  if (!given.valid()) return given.Refuse();
  Environment::Of(info.Env()).Abandon(id);
  return info.Env().Undefined();
}

// crc32c(bytes, seed, byTable)
Napi::Value Crc32cCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  const Napi::Uint8Array bytes = given.View(0);
  const uint32_t seed = given.Word(1);
  const bool by_table = info.Length() > 2 && given.Flag(2);
  if (!given.valid()) return given.Refuse();
  const auto checksum = by_table ? Crc32cByTable : Crc32c;
  return Napi::Number::New(info.Env(), checksum(bytes.Data(), bytes.ElementLength(), seed));
}

}  // namespace

std::vector<std::string> Arguments::Strings(size_t at) {
  std::vector<std::string> out;
  if (!Check(info_[at].IsArray())) return out;
  const auto array = info_[at].As<Napi::Array>();
  const uint32_t length = array.Length();
  out.reserve(length);
  for (uint32_t each = 0; each < length; each++) {
    Napi::HandleScope scope(env());
    const Napi::Value value = array.Get(each);
    if (Check(value.IsString())) out.push_back(value.As<Napi::String>().Utf8Value());
  }
  return out;
}

Napi::Value ToUint8Array(Napi::Env env, Bytes bytes) {
  // A small copy costs less than a finalizer.
  constexpr size_t kCopyBytesMax = size_t{64} << 10;
  constexpr size_t kCopyWholeMax = size_t{1} << 30;
  const size_t length = bytes.size();
  if (length <= kCopyBytesMax) {
    Napi::Uint8Array array = Napi::Uint8Array::New(env, length);
    if (length > 0 && !array.IsEmpty()) std::memcpy(array.Data(), bytes.data(), length);
    return array;
  }
  auto kept = std::make_shared<Bytes>(std::move(bytes));
  napi_value buffer = nullptr;
  if (LendMemory(env, kept->data(), length, kept, &buffer) != napi_ok) {
    // Where memory from outside is not taken, as in a sandbox, a copy is.
    TakeException(env);
    // V8 ends the process when it cannot make a buffer of its own.
    if (length > kCopyWholeMax) {
      napi_throw_range_error(env, nullptr, "more bytes than a buffer may have");
      return Napi::Value();
    }
    void* copy = nullptr;
    if (napi_create_arraybuffer(env, length, &copy, &buffer) != napi_ok) return Napi::Value();
    std::memcpy(copy, kept->data(), length);
  }
  return Napi::Uint8Array::New(env, length, Napi::ArrayBuffer(env, buffer), 0);
}

napi_status LendMemory(Napi::Env env, void* memory, size_t bytes, std::shared_ptr<void> owner,
                       napi_value* out) {
  const uintptr_t number = Lent::Get().Keep(std::move(owner));
  const auto give_back = [](napi_env, void*, void* hint) {
    Lent::Get().GiveBack(reinterpret_cast<uintptr_t>(hint));
  };
  const napi_status status = napi_create_external_arraybuffer(env, memory, bytes, give_back,
                                                              reinterpret_cast<void*>(number), out);
  if (status != napi_ok) Lent::Get().GiveBack(number);
  return status;
}

Napi::Value KindName(Napi::Env env, Kind kind) {
  const char* name = kind == Kind::kFile        ? "file"
                     : kind == Kind::kDirectory ? "directory"
                                                : "other";
  return Napi::String::New(env, name);
}

void ExportVolume(Napi::Object exports) {
  Export<OpenVolumeCall>(exports, "openVolume");
  Export<CloseVolume>(exports, "closeVolume");
  Export<FlushFileSystemCall>(exports, "flushFileSystem");
  Export<FlushAncestorsCall>(exports, "flushAncestors");
  Export<SpaceCall>(exports, "space");
  Export<LockCall>(exports, "lock");
  Export<DowngradeCall>(exports, "downgrade");
  Export<ReleaseCall>(exports, "release");
  Export<AbortCall>(exports, "abort");
  Export<AbandonCall>(exports, "abandon");
  Export<Crc32cCall>(exports, "crc32c");
}

}  // namespace holdfast
