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

// Whether the flags fit the kind.
bool AreFlagsOf(OperationKind kind, uint8_t flags, size_t content_bytes) {
  if (kind == OperationKind::kCheck)
    return flags == 0 || (flags == kFlagAbsent && content_bytes == 0);
  if (flags > (kFlagExternal | kFlagExpected)) return false;
  return kind != OperationKind::kRemove || (flags & kFlagExternal) == 0;
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
  if (kind < 1 || kind > 4) return false;
  out->kind = static_cast<OperationKind>(kind);
  if (!AreFlagsOf(out->kind, flags, content_bytes)) return false;
  out->external = (flags & kFlagExternal) != 0;
  out->absent = (flags & kFlagAbsent) != 0;
  out->path.assign(reinterpret_cast<const char*>(path), path_bytes);
  out->content = content;
  out->bytes = content_bytes;
  *at = content + content_bytes;
  const bool whole = out->kind == OperationKind::kRemove || out->kind == OperationKind::kCheck;
  if (whole && content_bytes > 0) {
    out->expected = content;
    out->expected_bytes = content_bytes;
  }
  if ((flags & kFlagExpected) != 0 && !SplitExpected(out)) return false;
  return IsSafePath(out->path);
}

bool ParseTransaction(const uint8_t* record, size_t bytes, Checks checks, Transaction* out) {
  const uint8_t* const end = record + bytes;
  const uint32_t count = Get<uint32_t>(record + 4);
  const uint8_t* at = record + kRecordHeaderBytes;
  for (uint32_t each = 0; each < count; each++) {
    // Grown one by one: a rotten count must not allocate.
    out->operations.emplace_back();
    Operation& operation = out->operations.back();
    const uint8_t* const begin = at;
    if (!ParseOperation(&at, end, &operation)) return false;
    if (operation.kind == OperationKind::kCheck && checks == Checks::kRefuse) return false;
    operation.offset = out->offset + static_cast<size_t>(begin - record);
    operation.length = static_cast<size_t>(at - begin);
  }
  return at == end;
}

}  // namespace

bool ParseRecords(const uint8_t* bytes, size_t length, Checks checks,
                  std::vector<Transaction>* out) {
  for (size_t offset = 0; offset < length;) {
    if (length - offset < kRecordHeaderBytes) return false;
    const size_t record_bytes = Get<uint32_t>(bytes + offset);
    if (record_bytes < kRecordHeaderBytes || record_bytes > length - offset) return false;
    Transaction transaction;
    transaction.offset = offset;
    transaction.bytes = record_bytes;
    if (!ParseTransaction(bytes + offset, record_bytes, checks, &transaction)) return false;
    out->push_back(std::move(transaction));
    offset += record_bytes;
  }
  return true;
}

size_t Transaction::journaled_bytes() const {
  size_t journaled = bytes;
  for (const Operation& operation : operations)
    if (operation.kind == OperationKind::kCheck) journaled -= operation.length;
  return journaled;
}

uint8_t* Transaction::CopyJournaled(const uint8_t* records, uint8_t* out) const {
  const size_t journaled = journaled_bytes();
  if (journaled == bytes) {
    std::memcpy(out, records + offset, bytes);
    return out + bytes;
  }
  uint8_t* at = out + kRecordHeaderBytes;
  uint32_t count = 0;
  for (const Operation& operation : operations) {
    if (operation.kind == OperationKind::kCheck) continue;
    std::memcpy(at, records + operation.offset, operation.length);
    at += operation.length;
    count++;
  }
  const uint32_t header[] = {static_cast<uint32_t>(journaled), count};
  std::memcpy(out, header, sizeof header);
  return at;
}

bool ParseExternal(const Operation& operation, External* out) {
  if (operation.bytes <= kExternalHeaderBytes) return false;
  out->bytes = Get<uint64_t>(operation.content);
  out->staged_path.assign(reinterpret_cast<const char*>(operation.content) + kExternalHeaderBytes,
                          operation.bytes - kExternalHeaderBytes);
  return IsSafePath(out->staged_path);
}

}  // namespace holdfast
