// File operations of a volume.
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "node/api.h"

namespace holdfast {

namespace {

constexpr uint64_t kHotBytesMax = uint64_t{1} << 20;
constexpr size_t kPathBytesMax = 4096;

// The volume itself is '' where a directory may be named.
bool IsSafeDirectory(const std::string& path) { return path.empty() || IsSafePath(path); }

Status Unsafe(const std::string& path) { return Status(EINVAL, "path", path); }

// Which directory it is, and when its entries last changed: `<inode>-<nanoseconds>`, both in hex.
std::string Stamp(const FileInfo& info) {
  char text[2 * 16 + 2];
  std::snprintf(text, sizeof text, "%" PRIx64 "-%" PRIx64, info.inode, info.changed_ns);
  return text;
}

Napi::Value ToValue(Napi::Env env, ReadResult* result) {
  if (!result->found) return env.Undefined();
  return ToUint8Array(env, std::move(result->bytes));
}

// read(id, volume, path, offset, length, whole): with `whole`, EFBIG for a file that has more
Napi::Value ReadCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  const std::string path = given.String(2);
  const uint64_t offset = given.Integer(3);
  const uint64_t length = given.Integer(4);
  const Longer longer = given.Flag(5) ? Longer::kRefuse : Longer::kCut;
  auto result = std::make_shared<ReadResult>();
  return given.Start(
      [=](const Call&) {
        if (!IsSafePath(path)) return Unsafe(path);
        return ReadFile(*volume, path, offset, length, longer, result.get());
      },
      [result](Napi::Env env) { return ToValue(env, result.get()); });
}

// readHot(volume, path, maxBytes): on this thread, from the page cache, or not at all
Napi::Value ReadHotCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  Handle<Volume>* handle = given.Holder<Volume>(0);
  char path[kPathBytesMax];
  size_t path_bytes = 0;
  const napi_status read =
      napi_get_value_string_utf8(info.Env(), info[1], path, sizeof path, &path_bytes);
  double bytes_max = 0;
  const bool right = handle != nullptr && handle->object != nullptr && read == napi_ok &&
                     napi_get_value_double(info.Env(), info[2], &bytes_max) == napi_ok;
  if (!right) return given.Refuse();
  const Volume& volume = *handle->object;
  if (!volume.features.hot_read || path_bytes >= sizeof path - 1 ||
      !IsSafePath(std::string_view(path, path_bytes)))
    return info.Env().Undefined();
  File file;
  uint64_t bytes = 0;
  if (!OpenHot(volume.root, path, &file, &bytes) || bytes > kHotBytesMax ||
      static_cast<double>(bytes) > bytes_max)
    return info.Env().Undefined();
  Napi::Uint8Array array = Napi::Uint8Array::New(info.Env(), static_cast<size_t>(bytes));
  if (array.IsEmpty()) return info.Env().Undefined();
  if (bytes > 0 && !ReadHot(file, array.Data(), static_cast<size_t>(bytes)))
    return info.Env().Undefined();
  return array;
}

struct ManyResults {
  std::shared_ptr<std::vector<std::string>> paths;
  std::vector<ReadResult> results;
  std::vector<Status> failures;
};

// Up to this many bytes of several files share one block of memory, which is a good deal cheaper to
// make than one for each. A large content that a caller keeps must not keep others.
constexpr size_t kSharedBytesMax = size_t{256} << 10;

Napi::Value ToValues(Napi::Env env, ManyResults* many) {
  size_t bytes = 0;
  for (const ReadResult& each : many->results) bytes += each.bytes.size();
  const bool share = bytes <= kSharedBytesMax;
  Napi::ArrayBuffer shared = Napi::ArrayBuffer::New(env, share ? bytes : 0);
  // The environment is ending: no caller waits for the answer.
  if (shared.IsEmpty()) return env.Undefined();
  Napi::Array out = Napi::Array::New(env, many->results.size());
  size_t offset = 0;
  for (uint32_t at = 0; at < many->results.size(); at++) {
    Napi::HandleScope scope(env);
    ReadResult& result = many->results[at];
    if (!many->failures[at].ok()) {
      out.Set(at, ToError(env, many->failures[at]));
    } else if (!share || !result.found) {
      const Napi::Value value = ToValue(env, &result);
      // Too large for JavaScript, or no memory: the others have their contents all the same.
      if (Napi::Value failure = TakeException(env); !failure.IsEmpty()) {
        out.Set(at, ToError(env, Status(ENOMEM, "read", (*many->paths)[at])));
      } else {
        out.Set(at, value);
      }
    } else {
      const size_t length = result.bytes.size();
      if (length > 0)
        std::memcpy(static_cast<uint8_t*>(shared.Data()) + offset, result.bytes.data(), length);
      out.Set(at, Napi::Uint8Array::New(env, length, shared, offset));
      offset += length;
    }
  }
  return out;
}

// readMany(id, volume, paths, maxBytes): EFBIG for each file that has more
Napi::Value ReadManyCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  auto paths = std::make_shared<std::vector<std::string>>(given.Strings(2));
  const uint64_t bytes_max = given.Integer(3);
  auto many = std::make_shared<ManyResults>();
  many->paths = paths;
  return given.Start(
      [=](const Call&) {
        many->results.resize(paths->size());
        many->failures.resize(paths->size());
        for (size_t at = 0; at < paths->size(); at++) {
          const std::string& path = (*paths)[at];
          many->failures[at] = IsSafePath(path) ? ReadFile(*volume, path, 0, bytes_max,
                                                           Longer::kRefuse, &many->results[at])
                                                : Unsafe(path);
        }
        return Status();
      },
      [many](Napi::Env env) { return ToValues(env, many.get()); });
}

// stat(id, volume, path)
Napi::Value StatCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  const std::string path = given.String(2);
  auto found = std::make_shared<std::pair<bool, FileInfo>>();
  return given.Start(
      [=](const Call&) {
        if (!IsSafeDirectory(path)) return Unsafe(path);
        return StatFile(*volume, path, &found->first, &found->second);
      },
      [found](Napi::Env env) -> Napi::Value {
        if (!found->first) return env.Undefined();
        const FileInfo& file = found->second;
        Napi::Object out = Napi::Object::New(env);
        out.Set("kind", KindName(env, file.kind));
        out.Set("bytes", static_cast<double>(file.bytes));
        out.Set("modifiedMs", file.modified_ms);
        if (file.kind == Kind::kDirectory) out.Set("stamp", Stamp(file));
        out.Set("links", file.links);
        out.Set("mode", file.mode);
        out.Set("uid", file.user);
        return out;
      });
}

// list(id, volume, path)
Napi::Value ListCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  const std::string path = given.String(2);
  auto found = std::make_shared<std::pair<bool, std::vector<Entry>>>();
  return given.Start(
      [=](const Call&) {
        if (!IsSafeDirectory(path)) return Unsafe(path);
        return ListFiles(*volume, path, &found->first, &found->second);
      },
      [found](Napi::Env env) -> Napi::Value {
        if (!found->first) return env.Undefined();
        Napi::Array out = Napi::Array::New(env, found->second.size());
        uint32_t at = 0;
        for (const Entry& each : found->second) {
          Napi::HandleScope scope(env);
          Napi::Object entry = Napi::Object::New(env);
          entry.Set("name", each.name);
          entry.Set("kind", KindName(env, each.info.kind));
          entry.Set("modifiedMs", each.info.modified_ms);
          if (each.info.kind == Kind::kDirectory) entry.Set("stamp", Stamp(each.info));
          out.Set(at++, entry);
        }
        return out;
      });
}

// write(id, volume, path, bytes, replace, flush)
Napi::Value WriteCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  const std::string path = given.String(2);
  auto bytes = std::make_shared<Bytes>(given.Copy(3));
  const bool replace = given.Flag(4);
  const bool flush = given.Flag(5);
  return given.Start([=](const Call&) {
    if (!IsSafePath(path)) return Unsafe(path);
    return WriteFile(*volume, path, *bytes, replace, flush);
  });
}

// rename(id, volume, from, to, replace)
Napi::Value RenameCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  const std::string from = given.String(2);
  const std::string to = given.String(3);
  const bool replace = given.Flag(4);
  return given.Start([=](const Call&) {
    if (!IsSafePath(from)) return Unsafe(from);
    if (!IsSafePath(to)) return Unsafe(to);
    return RenameFile(*volume, from, to, replace);
  });
}

// remove(id, volume, path, directory): whether something was there and is gone
Napi::Value RemoveCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  const std::string path = given.String(2);
  const bool directory = given.Flag(3);
  auto removed = std::make_shared<bool>(false);
  return given.Start(
      [=](const Call&) {
        if (!IsSafePath(path)) return Unsafe(path);
        return RemovePath(*volume, path, directory, removed.get());
      },
      [removed](Napi::Env env) { return Napi::Boolean::New(env, *removed); });
}

// makeDirectory(id, volume, path)
Napi::Value MakeDirectoryCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  const std::string path = given.String(2);
  return given.Start([=](const Call&) {
    if (!IsSafeDirectory(path)) return Unsafe(path);
    Directory directory;
    std::vector<std::string> made;
    return EnsureDirectory(*volume, path, &directory, &made);
  });
}

// flushMany(id, volume, files, directories)
Napi::Value FlushManyCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  auto files = std::make_shared<std::vector<std::string>>(given.Strings(2));
  auto directories = std::make_shared<std::vector<std::string>>(given.Strings(3));
  return given.Start([=](const Call&) {
    for (const std::string& path : *files)
      if (!IsSafePath(path)) return Unsafe(path);
    for (const std::string& path : *directories)
      if (!IsSafeDirectory(path)) return Unsafe(path);
    return FlushMany(*volume, *files, *directories);
  });
}

// createSegment(id, volume, path, bytes)
Napi::Value CreateSegmentCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  const std::string path = given.String(2);
  const uint64_t bytes = given.Integer(3);
  return given.Start([=](const Call&) {
    if (!IsSafePath(path)) return Unsafe(path);
    return CreateSegment(*volume, path, bytes);
  });
}

// startSegment(id, volume, sparePath, path, header)
Napi::Value StartSegmentCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  const std::string spare_path = given.String(2);
  const std::string path = given.String(3);
  auto header = std::make_shared<Bytes>(given.Copy(4));
  return given.Start([=](const Call&) {
    if (!IsSafePath(spare_path)) return Unsafe(spare_path);
    if (!IsSafePath(path)) return Unsafe(path);
    return StartSegment(*volume, spare_path, path, *header);
  });
}

}  // namespace

void ExportFiles(Napi::Object exports) {
  Export<ReadCall>(exports, "read");
  Export<ReadHotCall>(exports, "readHot");
  Export<ReadManyCall>(exports, "readMany");
  Export<StatCall>(exports, "stat");
  Export<ListCall>(exports, "list");
  Export<WriteCall>(exports, "write");
  Export<RenameCall>(exports, "rename");
  Export<RemoveCall>(exports, "remove");
  Export<MakeDirectoryCall>(exports, "makeDirectory");
  Export<FlushManyCall>(exports, "flushMany");
  Export<CreateSegmentCall>(exports, "createSegment");
  Export<StartSegmentCall>(exports, "startSegment");
}

}  // namespace holdfast
