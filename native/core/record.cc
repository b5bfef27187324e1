#include "core/record.h"

#include <cstring>

#include "core/volume.h"

namespace holdfast {

namespace {

template <typename Number>
Number Get(const uint8_t* bytes) {
  Number value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// The content of a conditional replace begins with what the file must hold.
bool SplitExpected(Operation* operation) {
  if (operation->kind != OperationKind::kReplace) return false;
  if (operation->bytes < kExpectedHeaderBytes) return false;
  const size_t bytes = Get<uint32_t>(operation->content);
  if (bytes == 0 || bytes > operation->bytes - kExpectedHeaderBytes) return false;
  operation->expected = operation->content + kExpectedHeaderBytes;
  operation->expected_bytes = bytes;
  operation->content += kExpectedHeaderBytes + bytes;
  operation->bytes -= kExpectedHeaderBytes + bytes;
  return true;
}

// Moves `*at` behind the operation.
bool ParseOperation(const uint8_t** at, const uint8_t* end, Operation* out) {
  const uint8_t* header = *at;
  if (static_cast<size_t>(end - header) < kOperationHeaderBytes) return false;
  const uint8_t kind = header[0];
  const uint8_t flags = header[1];
  const size_t path_bytes = Get<uint16_t>(header + 2);
  const size_t content_bytes = Get<uint32_t>(header + 4);
  const uint8_t* path = header + kOperationHeaderBytes;
  if (static_cast<size_t>(end - path) < path_bytes) return false;
  const uint8_t* content = path + path_bytes;
  if (static_cast<size_t>(end - content) < content_bytes) return false;
  if (kind < 1 || kind > 3 || flags > (kFlagExternal | kFlagExpected)) return false;
  out->kind = static_cast<OperationKind>(kind);
  out->external = (flags & kFlagExternal) != 0;
  if (out->external && out->kind == OperationKind::kRemove) return false;
  out->path.assign(reinterpret_cast<const char*>(path), path_bytes);
  out->content = content;
  out->bytes = content_bytes;
  *at = content + content_bytes;
  if (out->kind == OperationKind::kRemove && content_bytes > 0) {
    out->expected = content;
    out->expected_bytes = content_bytes;
  }
  if ((flags & kFlagExpected) != 0 && !SplitExpected(out)) return false;
  return IsSafePath(out->path);
}

bool ParseTransaction(const uint8_t* record, size_t bytes, Transaction* out) {
  const uint8_t* const end = record + bytes;
  const uint32_t count = Get<uint32_t>(record + 4);
  const uint8_t* at = record + kRecordHeaderBytes;
  for (uint32_t each = 0; each < count; each++) {
    // Grown one by one: a rotten count must not allocate.
    out->operations.emplace_back();
    if (!ParseOperation(&at, end, &out->operations.back())) return false;
  }
  return at == end;
}

}  // namespace

bool ParseRecords(const uint8_t* bytes, size_t length, std::vector<Transaction>* out) {
  for (size_t offset = 0; offset < length;) {
    if (length - offset < kRecordHeaderBytes) return false;
    const size_t record_bytes = Get<uint32_t>(bytes + offset);
    if (record_bytes < kRecordHeaderBytes || record_bytes > length - offset) return false;
    Transaction transaction;
    transaction.offset = offset;
    transaction.bytes = record_bytes;
    if (!ParseTransaction(bytes + offset, record_bytes, &transaction)) return false;
    out->push_back(std::move(transaction));
    offset += record_bytes;
  }
  return true;
}

bool ParseExternal(const Operation& operation, External* out) {
  if (operation.bytes <= kExternalHeaderBytes) return false;
  out->bytes = Get<uint64_t>(operation.content);
  out->staged_path.assign(reinterpret_cast<const char*>(operation.content) + kExternalHeaderBytes,
                          operation.bytes - kExternalHeaderBytes);
  return IsSafePath(out->staged_path);
}

}  // namespace holdfast
