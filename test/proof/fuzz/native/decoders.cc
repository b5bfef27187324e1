// What the addon reads that others have written, under libFuzzer: transaction records, batches of
// them, paths; and its writer of frames and its checksums against slower ways to the same. The
// addon never decodes a frame, so no checksum stands between these bytes and the decoders.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/crc32c.h"
#include "core/frame.h"
#include "core/record.h"
#include "core/volume.h"

namespace holdfast {
namespace {

#define MUST(condition)                                                    \
  do {                                                                     \
    if (!(condition)) {                                                    \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                        \
    }                                                                      \
  } while (false)

template <typename Number>
void Append(Number value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Written again as src/format/record.ts does, a transaction is byte for byte what was parsed. The
// journal has it without its checks.
std::string Encode(const Transaction& transaction, Checks checks) {
  std::string body;
  uint32_t count = 0;
  for (const Operation& operation : transaction.operations) {
    if (operation.kind == OperationKind::kCheck && checks == Checks::kRefuse) continue;
    count++;
    const bool conditional = operation.kind == OperationKind::kReplace && operation.expected;
    const size_t before = conditional ? 4 + operation.expected_bytes : 0;
    Append(static_cast<uint8_t>(operation.kind), &body);
    Append(static_cast<uint8_t>((operation.external ? 1 : 0) | (conditional ? 2 : 0) |
                                (operation.absent ? 4 : 0)),
           &body);
    Append(static_cast<uint16_t>(operation.path.size()), &body);
    Append(static_cast<uint32_t>(before + operation.bytes), &body);
    body += operation.path;
    if (conditional) {
      Append(static_cast<uint32_t>(operation.expected_bytes), &body);
      body.append(reinterpret_cast<const char*>(operation.expected), operation.expected_bytes);
    }
    body.append(reinterpret_cast<const char*>(operation.content), operation.bytes);
  }
  std::string record;
  Append(static_cast<uint32_t>(8 + body.size()), &record);
  Append(count, &record);
  return record + body;
}

bool SameByte(char left, uint8_t right) { return static_cast<uint8_t>(left) == right; }

void CheckPath(const std::string& path) {
  if (!IsSafePath(path)) return;
  MUST(path.front() != '/' && path.back() != '/' && path.find("//") == path.npos);
  MUST(path.find('\0') == path.npos && path.find('\\') == path.npos);
  const std::string framed = "/" + path + "/";
  MUST(framed.find("/./") == framed.npos && framed.find("/../") == framed.npos);
  MUST(JoinPath(ParentOf(path), NameOf(path)) == path);
  MUST(ParentOf(path).empty() || IsSafePath(ParentOf(path)));
}

void CheckRecords(const uint8_t* bytes, size_t length) {
  std::vector<Transaction> transactions;
  const bool parsed = ParseRecords(bytes, length, Checks::kAccept, &transactions);
  std::string again, journaled;
  size_t operations = 0;
  for (const Transaction& transaction : transactions) {
    again += Encode(transaction, Checks::kAccept);
    journaled += Encode(transaction, Checks::kRefuse);
    operations += transaction.operations.size();
    for (const Operation& operation : transaction.operations) {
      External external;
      CheckPath(operation.path);
      if (operation.external && ParseExternal(operation, &external))
        CheckPath(external.staged_path);
    }
  }
  // An operation takes at least its header: no count in the bytes may allocate more than they are.
  MUST(operations <= length / 8);
  if (parsed) MUST(std::equal(again.begin(), again.end(), bytes, bytes + length, SameByte));

  Volume volume;
  Batch batch(volume, bytes, length);
  const bool taken = batch.Parse(static_cast<uint32_t>(transactions.size())).ok();
  MUST(!taken || parsed);
  if (!taken) return;
  MUST(batch.survivors() == transactions.size() && batch.surviving_bytes() == journaled.size());
  Bytes copy(journaled.size());
  batch.CopySurvivors(copy.data());
  MUST(std::equal(journaled.begin(), journaled.end(), copy.begin(), copy.end(), SameByte));
  MUST(ParseRecords(copy.data(), copy.size(), Checks::kRefuse, &transactions));
}

void CheckFrame(const uint8_t* bytes, size_t length, uint32_t previous) {
  Bytes frame = NewFrame(length);
  MUST(frame.size() == FrameBytes(length) && frame.size() % kBlockBytes == 0);
  if (length > 0) std::memcpy(frame.data() + kFrameHeaderBytes, bytes, length);
  FrameHeader header;
  header.previous = previous;
  const uint32_t sum = SealFrame(header, length, &frame);
  const size_t covered = kFrameHeaderBytes - 40 + length;
  MUST(sum == Crc32cByTable(frame.data() + 40, covered, previous));
  const size_t half = length / 2;
  MUST(Crc32c(bytes + half, length - half, Crc32c(bytes, half, 0)) == Crc32c(bytes, length, 0));
}

}  // namespace
}  // namespace holdfast

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t length) {
  holdfast::CheckRecords(bytes, length);
  holdfast::CheckPath(std::string(reinterpret_cast<const char*>(bytes), length));
  holdfast::CheckFrame(bytes, length, length > 0 ? bytes[0] : 0);
  return 0;
}
