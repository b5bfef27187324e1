#include "journal.h"

namespace holdfast::test {

namespace {

constexpr double kLockTimeoutMs = 20000;
const std::atomic<bool> kNever{false};
const std::string kSparePath = ".journal/spare-1";

template <typename Number>
void Append(Bytes* out, Number value) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
  out->insert(out->end(), bytes, bytes + sizeof value);
}

}  // namespace

Bytes Encode(const std::vector<std::vector<Change>>& transactions) {
  Bytes out;
  for (const auto& changes : transactions) {
    size_t bytes = 8;
    for (const Change& each : changes) bytes += 8 + each.path.size() + each.content.size();
    Append(&out, static_cast<uint32_t>(bytes));
    Append(&out, static_cast<uint32_t>(changes.size()));
    for (const Change& each : changes) {
      Append(&out, static_cast<uint8_t>(each.kind));
      Append(&out, uint8_t{0});
      Append(&out, static_cast<uint16_t>(each.path.size()));
      Append(&out, static_cast<uint32_t>(each.content.size()));
      out.insert(out.end(), each.path.begin(), each.path.end());
      out.insert(out.end(), each.content.begin(), each.content.end());
    }
  }
  return out;
}

CommitRequest RequestOf(const std::vector<std::vector<Change>>& transactions) {
  const Bytes records = Encode(transactions);
  CommitRequest request;
  request.record_bytes = records.size();
  request.frame = NewFrame(records.size());
  std::copy(records.begin(), records.end(), request.frame.begin() + kFrameHeaderBytes);
  request.transactions = static_cast<uint32_t>(transactions.size());
  request.lock_timeout_ms = kLockTimeoutMs;
  return request;
}

Status OpenAt(const std::string& directory, std::shared_ptr<Volume>* out) {
  return OpenVolume(OpenRequest{directory, true, 0600, 0700, ".tmp/t-"}, out);
}

Status OpenCommitter(const std::shared_ptr<Volume>& volume, std::shared_ptr<Committer>* out) {
  return Committer::Open(volume, kLockPath, kPagePath, Patience(kLockTimeoutMs, kNever), out);
}

Status CreateJournal(Volume& volume) { return CreateSegment(volume, kSparePath, kSegmentBytes); }

Status StartJournal(Volume& volume) {
  return StartSegment(volume, kSparePath, kSegmentPath, Bytes(kBlockBytes, 1));
}

Status UseJournal(const std::shared_ptr<Committer>& committer) {
  if (committer->page()->Get(Page::kSegment) == 0) Rewind(*committer->page());
  const Committer::Turn turn(committer);
  return committer->UseSegment(turn.ticket(), 1, kSegmentPath, kNextSegmentPath, kNever);
}

void Rewind(Page& page) {
  page.Set(Page::kSalt, 7);
  page.Set(Page::kSegment, 1);
  page.Set(Page::kOffset, kBlockBytes);
  page.set_chain(0);
  page.set_state(kIdle);
}

Status Commit(const std::shared_ptr<Committer>& committer,
              const std::vector<std::vector<Change>>& transactions, CommitReply* reply) {
  CommitRequest request = RequestOf(transactions);
  const Committer::Turn turn(committer);
  return committer->Commit(turn.ticket(), &request, kNever, reply);
}

}  // namespace holdfast::test
