// Files that stay open between calls: to be read in pieces, or written piece by piece.
#include <algorithm>
#include <cerrno>

#include "node/api.h"

namespace holdfast {

namespace {

struct OpenFile {
  File file;
  std::string path;
  uint64_t bytes = 0;
};

Status OpenExisting(const Volume& volume, OpenFile* out, bool* found) {
  FileInfo info;
  Status status = OpenRead(volume.root, out->path, &out->file, &info);
  *found = status.ok();
  out->bytes = info.bytes;
  return status.Is(ENOENT) ? Status() : status;
}

Status CreateNew(const Volume& volume, OpenFile* out, bool* found) {
  Directory parent;
  std::vector<std::string> made;
  Status status = EnsureDirectory(volume, ParentOf(out->path), &parent, &made);
  if (status.ok()) status = CreateNamed(parent, NameOf(out->path), volume.ownership, &out->file);
  *found = status.ok();
  return status;
}

// openFile(id, volume, path, create)
Napi::Value OpenFileCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  auto open = std::make_shared<OpenFile>();
  open->path = given.String(2);
  const bool create = given.Flag(3);
  auto found = std::make_shared<bool>(false);
  return given.Start(
      [=](const Call&) {
        if (!IsSafePath(open->path)) return Status(EINVAL, "path", open->path);
        return create ? CreateNew(*volume, open.get(), found.get())
                      : OpenExisting(*volume, open.get(), found.get());
      },
      [=](Napi::Env env) -> Napi::Value {
        if (!*found) return env.Undefined();
        Napi::Object out = Napi::Object::New(env);
        out.Set("handle", Handle<OpenFile>::Wrap(env, open));
        out.Set("bytes", static_cast<double>(open->bytes));
        return out;
      });
}

// readOpenFile(id, file, offset, length): shorter at the end of what there was when it was opened
Napi::Value ReadOpenFileCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto open = given.Get<OpenFile>(1);
  const uint64_t offset = given.Integer(2);
  const uint64_t length = given.Integer(3);
  auto bytes = std::make_shared<Bytes>();
  return given.Start(
      [=](const Call&) {
        const uint64_t rest = open->bytes - std::min(offset, open->bytes);
        bytes->resize(static_cast<size_t>(std::min(length, rest)));
        size_t got = 0;
        Status status = ReadAt(open->file, open->path, bytes->data(), bytes->size(), offset, &got);
        bytes->resize(got);
        return status;
      },
      [bytes](Napi::Env env) { return ToUint8Array(env, std::move(*bytes)); });
}

// writeOpenFile(id, file, offset, bytes)
Napi::Value WriteOpenFileCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto open = given.Get<OpenFile>(1);
  const uint64_t offset = given.Integer(2);
  auto bytes = std::make_shared<Bytes>(given.Copy(3));
  return given.Start([=](const Call&) {
    return WriteAt(open->file, open->path, bytes->data(), bytes->size(), offset);
  });
}

// flushOpenFile(id, file)
Napi::Value FlushOpenFileCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto open = given.Get<OpenFile>(1);
  return given.Start([open](const Call&) { return FlushFile(open->file, open->path); });
}

// closeOpenFile(file): the descriptor goes with the last call that is under way.
Napi::Value CloseOpenFile(const Napi::CallbackInfo& info) {
  Arguments given(info);
  if (auto* handle = given.Holder<OpenFile>(0)) handle->object.reset();
  return given.valid() ? info.Env().Undefined() : given.Refuse();
}

}  // namespace

void ExportOpenFiles(Napi::Object exports) {
  Export<OpenFileCall>(exports, "openFile");
  Export<ReadOpenFileCall>(exports, "readOpenFile");
  Export<WriteOpenFileCall>(exports, "writeOpenFile");
  Export<FlushOpenFileCall>(exports, "flushOpenFile");
  Export<CloseOpenFile>(exports, "closeOpenFile");
}

}  // namespace holdfast
