// The write side of a journal.
#include <cerrno>
#include <cstring>

#include "core/commit.h"
#include "node/api.h"

namespace holdfast {

namespace {

using Turn = Committer::Turn;

std::shared_ptr<Turn> TakeTurn(const std::shared_ptr<Committer>& committer) {
  return committer == nullptr ? nullptr : std::make_shared<Turn>(committer);
}

// A view that shares the mapping with the committer: it stays readable after close. Where memory
// from outside is not taken, as in Electron's memory cage, or a mapping cannot outlive its file, a
// handle for readPage and writePage.
Napi::Value PageBuffer(Napi::Env env, const std::shared_ptr<Page>& page) {
  if (!CanReplaceMappings()) return Handle<Page>::Wrap(env, page);
  napi_value buffer = nullptr;
  const napi_status status = LendMemory(env, page->memory(), kPageBytes, page, &buffer);
  if (status == napi_no_external_buffers_allowed) return Handle<Page>::Wrap(env, page);
  return status == napi_ok ? Napi::Value(env, buffer) : Napi::Value();
}

// readPage(page, into): as many bytes from the page's beginning as `into` has
Napi::Value ReadPage(const Napi::CallbackInfo& info) {
  Arguments given(info);
  const auto page = given.Get<Page>(0);
  Napi::Uint8Array into = given.View(1);
  const size_t bytes = into.ElementLength();
  if (!given.valid() || bytes > kPageBytes || bytes % sizeof(uint64_t) != 0) return given.Refuse();
  page->Read(into.Data(), bytes);
  return info.Env().Undefined();
}

// writePage(page, offset, bytes)
Napi::Value WritePage(const Napi::CallbackInfo& info) {
  Arguments given(info);
  const auto page = given.Get<Page>(0);
  const uint64_t offset = given.Integer(1);
  const Napi::Uint8Array from = given.View(2);
  const size_t bytes = from.ElementLength();
  const bool fits = offset <= kPageBytes && bytes <= kPageBytes - offset;
  if (!given.valid() || !fits || (offset | bytes) % sizeof(uint32_t) != 0) return given.Refuse();
  page->Write(offset, from.Data(), bytes);
  return info.Env().Undefined();
}

// openCommitter(id, volume, lockPath, pagePath, lockTimeoutMs)
Napi::Value OpenCommitter(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto volume = given.Get<Volume>(1);
  const std::string lock_path = given.String(2);
  const std::string page_path = given.String(3);
  const double timeout_ms = given.Milliseconds(4);
  auto committer = std::make_shared<std::shared_ptr<Committer>>();
  return given.Start(
      [=](const Call& call) {
        if (!IsSafePath(lock_path)) return Status(EINVAL, "path", lock_path);
        if (!IsSafePath(page_path)) return Status(EINVAL, "path", page_path);
        const Patience patience(timeout_ms, call.cancelled());
        return Committer::Open(volume, lock_path, page_path, patience, committer.get());
      },
      [committer](Napi::Env env) -> Napi::Value {
        const Napi::Value page = PageBuffer(env, (*committer)->page());
        if (page.IsEmpty()) return page;
        Napi::Object out = Napi::Object::New(env);
        out.Set("handle", Handle<Committer>::Wrap(env, *committer));
        out.Set("page", page);
        out.Set("pageInode", Napi::BigInt::New(env, (*committer)->page_inode()));
        return out;
      });
}

// closeCommitter(committer)
Napi::Value CloseCommitter(const Napi::CallbackInfo& info) {
  Arguments given(info);
  if (auto* handle = given.Holder<Committer>(0)) handle->object.reset();
  return given.valid() ? info.Env().Undefined() : given.Refuse();
}

// useSegment(id, committer, sequence, path, nextPath)
Napi::Value UseSegment(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto committer = given.Get<Committer>(1);
  const uint64_t sequence = given.Integer(2);
  const std::string path = given.String(3);
  const std::string next_path = given.String(4);
  auto turn = TakeTurn(committer);
  return given.Start([=](const Call& call) {
    if (!IsSafePath(path)) return Status(EINVAL, "path", path);
    if (!IsSafePath(next_path)) return Status(EINVAL, "path", next_path);
    return (*turn)->UseSegment(turn->ticket(), sequence, path, next_path, call.cancelled());
  });
}

void SetPosition(Napi::Env env, Napi::Array out, uint32_t at, const Position& position) {
  out.Set(at, Napi::Number::New(env, static_cast<double>(position.segment)));
  out.Set(at + 1, Napi::Number::New(env, static_cast<double>(position.offset)));
  out.Set(at + 2, Napi::Number::New(env, static_cast<double>(position.lsn)));
  out.Set(at + 3, Napi::Number::New(env, position.chain));
}

// [status, from (segment, offset, lsn, chain), to (the same), failures by place or undefined]
Napi::Value ToReply(Napi::Env env, const CommitReply& reply) {
  Napi::Array out = Napi::Array::New(env, 10);
  out.Set(0u, Napi::Number::New(env, static_cast<int>(reply.status)));
  SetPosition(env, out, 1, reply.from);
  SetPosition(env, out, 5, reply.to);
  if (reply.outcomes.empty()) return out;
  Napi::Array failures = Napi::Array::New(env, reply.outcomes.size());
  for (uint32_t at = 0; at < reply.outcomes.size(); at++) {
    const Status& outcome = reply.outcomes[at];
    if (outcome.ok()) {
      failures.Set(at, env.Undefined());  // no holes: they are skipped by map()
      continue;
    }
    Napi::Object failure = Napi::Object::New(env);
    failure.Set("code", ErrorName(outcome.error));
    failure.Set("phase", PhaseName(outcome.phase));
    failure.Set("syscall", outcome.syscall);
    failure.Set("path", outcome.path);
    failures.Set(at, failure);
  }
  out.Set(9u, failures);
  return out;
}

// commit(id, committer, records, transactionCount, checkpoint, flush, timeMs, lockTimeoutMs)
Napi::Value CommitCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto committer = given.Get<Committer>(1);
  const Napi::Uint8Array records = given.View(2);
  auto request = std::make_shared<CommitRequest>();
  request->record_bytes = records.ElementLength();
  if (request->record_bytes > UINT32_MAX - kBlockBytes) return given.Refuse();
  request->frame = NewFrame(request->record_bytes);
  if (request->record_bytes > 0)
    std::memcpy(request->frame.data() + kFrameHeaderBytes, records.Data(), request->record_bytes);
  request->transactions = given.Word(3);
  request->kind = given.Flag(4) ? kCheckpointFrame : kCommitFrame;
  request->flush = given.Flag(5);
  request->time_ms = given.Integer(6);
  request->lock_timeout_ms = given.Milliseconds(7);
  auto reply = std::make_shared<CommitReply>();
  auto turn = TakeTurn(committer);
  return given.Start(
      [=](const Call& call) {
        return (*turn)->Commit(turn->ticket(), request.get(), call.cancelled(), reply.get());
      },
      [reply](Napi::Env env) { return ToReply(env, *reply); });
}

// redo(id, committer, records, flush)
Napi::Value RedoCall(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto committer = given.Get<Committer>(1);
  auto records = std::make_shared<Bytes>(given.Copy(2));
  const bool flush = given.Flag(3);
  return given.Start([=](const Call&) { return committer->Redo(*records, flush); });
}

// flushSegment(id, committer)
Napi::Value FlushSegment(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto committer = given.Get<Committer>(1);
  return given.Start([=](const Call&) { return committer->Flush(); });
}

// lockWriter(id, committer, timeoutMs)
Napi::Value LockWriter(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto committer = given.Get<Committer>(1);
  const double timeout_ms = given.Milliseconds(2);
  auto turn = TakeTurn(committer);
  return given.Start([=](const Call& call) {
    return (*turn)->Lock(turn->ticket(), timeout_ms, call.cancelled());
  });
}

// unlockWriter(id, committer)
Napi::Value UnlockWriter(const Napi::CallbackInfo& info) {
  Arguments given(info);
  auto committer = given.Get<Committer>(1);
  auto turn = TakeTurn(committer);
  return given.Start(
      [=](const Call& call) { return (*turn)->Unlock(turn->ticket(), call.cancelled()); });
}

}  // namespace

void ExportCommitter(Napi::Object exports) {
  Export<OpenCommitter>(exports, "openCommitter");
  Export<CloseCommitter>(exports, "closeCommitter");
  Export<ReadPage>(exports, "readPage");
  Export<WritePage>(exports, "writePage");
  Export<UseSegment>(exports, "useSegment");
  Export<CommitCall>(exports, "commit");
  Export<RedoCall>(exports, "redo");
  Export<FlushSegment>(exports, "flushSegment");
  Export<LockWriter>(exports, "lockWriter");
  Export<UnlockWriter>(exports, "unlockWriter");
}

}  // namespace holdfast
